import { relative } from 'node:path';
import { explain } from '../output/failures.ts';
import { writeKubeconfig } from '../output/kubeconfig.ts';
import { summary } from '../output/summary.ts';
import { Stopwatch } from '../output/time.ts';
import { checkedConfig, provide, requireLabHost } from '../prepare.ts';
import { ensureStack, stackOutputs } from '../pulumi/engine.ts';
import { recover } from '../pulumi/recover.ts';
import { refuseStandingChanges } from '../pulumi/standing.ts';
import { runUpdate, type UpdateResult } from '../pulumi/update.ts';
import { openWorkspace, type Workspace } from '../pulumi/workspace.ts';
import { preflightHosts } from './preflight.ts';

/** Arguments of {@link up}. */
export interface UpOptions {
  readonly stack: string;
  readonly print: (line: string) => void;
  /** Whether to select the stack for plain `pulumi`. Default true. */
  readonly select?: boolean;
  /** Pulumi's live display. Default: on a terminal. */
  readonly display?: boolean;
  /** Called with Pulumi's process id once it runs. */
  readonly onStart?: (pid: number) => void;
}

/** The result of {@link up}. */
export interface UpReport {
  readonly workspace: Workspace;
  readonly update: UpdateResult;
}

/**
 * `make up`: creates or updates the cluster that the stack describes.
 *
 * @throws UserError before anything is changed
 */
export async function up({ stack, print, select = true, display, onStart }: UpOptions): Promise<UpReport> {
  const watch = new Stopwatch();
  const first = checkedConfig(stack);
  requireLabHost(first);
  // Before minutes are spent on what goes into the machines: the passphrase may be the wrong one.
  const workspace = await openWorkspace({ stack, print, creates: true });
  const config =
    first.machines === 'hosts' ? await watch.phase('pre-flight', () => preflightHosts(stack, first, print)) : first;
  await watch.phase('tools and artifacts', () => provide(config, print));
  const machines = config.machinesList.map(({ name }) => name);
  const update = await watch.phase('update', async () => {
    await recover(workspace, stack, print);
    await ensureStack(workspace, stack, select);
    await refuseStandingChanges(workspace, stack, config);
    print(`stack ${stack}: updating`);
    return runUpdate({ workspace, stack, command: 'up', machines, print, display, onStart });
  });
  if (!update.ok) {
    const again = stack === 'dev' ? 'make up' : `make up STACK=${stack}`;
    const log = relative(workspace.repoDir, update.logPath);
    print(explain(update.failures, log, again));
    return { workspace, update };
  }
  const outputs = await stackOutputs(workspace, stack);
  if (typeof outputs.kubeconfig !== 'string') throw new Error('the program gave no output "kubeconfig"');
  const path = await writeKubeconfig(workspace.repoDir, stack, outputs.kubeconfig);
  const kubeconfig = relative(workspace.repoDir, path);
  print(summary({ stack, outputs, changes: update.changes, kubeconfig, times: watch.summary() }));
  return { workspace, update };
}
