import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import { scriptCommand } from '../remote/connection.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteStep } from '../remote/step.ts';
import type { PodNetwork } from './index.ts';
import { ROUTES_SCRIPT } from './routes.ts';

export interface ObsoleteRoutesArgs {
  /** Every machine, in the order of the pod network's roles. */
  readonly machines: readonly Machine[];
  readonly config: Pick<ClusterConfig, 'machinesList'>;
  readonly podNetwork: PodNetwork;
  /** Exists once the nodes that leave have left. */
  readonly left: pulumi.Resource;
}

/**
 * Routes to nodes that have left go, on every machine, in an update of the list of nodes. Creating it does nothing: a
 * new machine has no such routes.
 */
export class ObsoleteRoutes extends pulumi.ComponentResource {
  constructor(name: string, args: ObsoleteRoutesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:pod-network:ObsoleteRoutes', name, {}, opts);
    const nodes = args.config.machinesList.flatMap(({ name, podCidr }) => (podCidr === undefined ? [] : [name]));
    for (const [index, machine] of args.machines.entries()) {
      new RemoteStep(
        `${name}-${machine.name}`,
        {
          machine,
          update: scriptCommand(machine),
          stdin: `${ROUTES_SCRIPT} prune\n# ${nodes.join(' ')}\n`,
          dependsOn: [args.left, ...args.podNetwork.roles.slice(index, index + 1)],
        },
        this,
      );
    }
    this.registerOutputs();
  }
}
