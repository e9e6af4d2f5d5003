import { refuseChanges, standingFrom } from '../../config/changes/index.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { stackOutputs } from './engine.ts';
import type { Workspace } from './workspace.ts';

/**
 * Compares the standing cluster with its configuration, in an update and in a preview, before anything is registered.
 * The program does the same for what the state records, under plain `pulumi` too; the versions that run, and settings of
 * stacks that were last updated before there was such a record, are known from the outputs alone. The stack exists.
 *
 * @returns the outputs of the stack, secrets in plain; empty where there is no cluster yet
 * @throws RefusedChangeError with every refused change at once
 */
export async function refuseStandingChanges(
  workspace: Workspace,
  stack: string,
  config: ClusterConfig,
): Promise<Record<string, unknown>> {
  const outputs = await stackOutputs(workspace, stack);
  refuseChanges(standingFrom(outputs), config);
  return outputs;
}
