import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import { scriptCommand } from '../remote/connection.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole } from '../remote/role.ts';
import { RemoteStep } from '../remote/step.ts';
import { planPodNetwork } from './plan.ts';
import { ROUTES_SCRIPT } from './routes.ts';

export interface PodNetworkArgs {
  /** Every machine: each gets routes to the pods. */
  readonly machines: readonly Machine[];
  readonly config: ClusterConfig;
  /**
   * Whether the network below the machines routes pods itself. Then the machines get no routes: a next hop in another
   * subnet would be refused, and the network knows the way. Default no.
   */
  readonly routed?: boolean;
}

/** The bridge network: one pod range a node, and routes to every other node's range on every machine. */
export class PodNetwork extends pulumi.ComponentResource {
  readonly roles: readonly RemoteRole[];

  constructor(name: string, args: PodNetworkArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:pod-network:PodNetwork', name, { podCidr: args.config.podCidr }, opts);
    const shares = args.config.machinesList.flatMap(({ name, address, podCidr }) =>
      podCidr === undefined ? [] : [{ name, address, podCidr }],
    );
    // No machine waits for another here: a route more or less on one disturbs none of the others.
    this.roles = args.machines.map((machine) => {
      const plan = planPodNetwork({
        podCidr: shares.find((share) => share.name === machine.name)?.podCidr,
        clusterPodCidr: args.config.podCidr,
        routes: args.routed ? [] : shares.filter((share) => share.name !== machine.name),
      });
      return new RemoteRole(`${name}-${machine.name}`, { machine, role: 'pod-network', plan }, { parent: this });
    });
    this.registerOutputs();
  }
}

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
