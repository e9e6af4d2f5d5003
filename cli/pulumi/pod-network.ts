import type { ClusterConfig } from '../../config/schema.ts';
import { changedNetwork } from '../../lib/format/network-mark.ts';
import { stackOutputs } from './engine.ts';
import type { Workspace } from './workspace.ts';

/** The pod network of a running cluster is to be another. The message says how to migrate. */
export class PodNetworkError extends Error {}

/** The pod network that a stack's outputs name; `undefined` before there was a cluster. */
export function readPodNetwork(outputs: Readonly<Record<string, unknown>>): string | undefined {
  const { podNetwork } = outputs;
  if (typeof podNetwork !== 'object' || podNetwork === null || !('name' in podNetwork)) return undefined;
  return typeof podNetwork.name === 'string' ? podNetwork.name : undefined;
}

/**
 * Refuses another pod network before anything is changed. The machines refuse it too, for those who call Pulumi
 * themselves; this is to say it at once, and in a preview. The stack has been made.
 *
 * @throws PodNetworkError when the stack stands with another one
 */
export async function refuseOtherPodNetwork(
  workspace: Workspace,
  stack: string,
  config: Pick<ClusterConfig, 'cni'>,
): Promise<void> {
  const before = readPodNetwork(await stackOutputs(workspace, stack));
  if (before !== undefined && before !== config.cni) throw new PodNetworkError(changedNetwork(before, config.cni));
}
