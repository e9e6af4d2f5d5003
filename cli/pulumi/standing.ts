import { refuseChanges, standingFrom } from '../../config/changes/index.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { stackOutputs } from './engine.ts';
import type { Workspace } from './workspace.ts';

/**
 * Compares the standing cluster with its configuration, in an update and in a preview, before anything is registered.
 * The program does the same for what the state records, under plain `pulumi` too; the versions that run, and settings of
 * stacks that were last updated before there was such a record, are known from the outputs alone. The stack exists.
 *
 * @throws RefusedChangeError with every refused change at once
 */
export async function refuseStandingChanges(workspace: Workspace, stack: string, config: ClusterConfig): Promise<void> {
  refuseChanges(standingFrom(await stackOutputs(workspace, stack)), config);
}
