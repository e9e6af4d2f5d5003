import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import { evictPods, NODE_LABEL } from '../../lib/format/nodes.ts';
import { type ShellCode, scriptLines } from '../../lib/format/script.ts';
import { unlimitedScriptCommand } from '../remote/connection.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteStep } from '../remote/step.ts';

/** How a node leaves, as shell code on a controller. */
export interface LeaveCode {
  /** Takes leave of `"$node"`. */
  readonly leave: ShellCode;
  /** Prints the names of nodes that have no Node any more, and have not left altogether. */
  readonly begun: ShellCode;
}

export interface LeavingNodesArgs {
  readonly config: Pick<ClusterConfig, 'drainTimeoutSeconds'>;
  /** Names of the nodes that stay or come. */
  readonly nodes: readonly string[];
  /** A controller that stays. */
  readonly machine: Machine;
  /** How a node leaves. Default: its pods are evicted and its Node is deleted. */
  readonly leave?: LeaveCode;
  /** What comes first: the nodes that stay are ready to take the pods. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/** The script, run on a controller, by which every node that is not named leaves. */
export function leavingNodesScript(
  nodes: readonly string[],
  drainTimeoutSeconds: number,
  { leave, begun }: LeaveCode = {
    leave: { code: scriptLines(import.meta.dirname, 'leave-cluster.sh').join('\n') },
    begun: { code: ':' },
  },
): string {
  const values = {
    WANTED: nodes.join(' '),
    LABEL: NODE_LABEL,
    EVICT_PODS: evictPods(drainTimeoutSeconds),
    LEAVE: leave,
    BEGUN: begun,
  };
  return [...scriptLines(import.meta.dirname, 'leaving-nodes.sh', values), ''].join('\n');
}

/**
 * Nodes that the configuration no longer names leave the cluster. It is an update of something that stays, since what is
 * deleted goes last in a run, when routes and endpoints of what leaves are gone already. Creating it does nothing.
 */
export class LeavingNodes extends pulumi.ComponentResource {
  readonly step: pulumi.Resource;

  constructor(name: string, args: LeavingNodesArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:workers:LeavingNodes', name, { nodes: [...args.nodes] }, opts);
    this.step = new RemoteStep(
      name,
      {
        machine: args.machine,
        aboutCluster: true,
        update: unlimitedScriptCommand(args.machine),
        stdin: leavingNodesScript(args.nodes, args.config.drainTimeoutSeconds, args.leave),
        dependsOn: args.dependsOn,
      },
      this,
    );
    this.registerOutputs();
  }
}
