import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole } from '../remote/role.ts';
import { planPodNetwork } from './plan.ts';

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
