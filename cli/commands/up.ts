import { relative } from 'node:path';
import { explain } from '../output/failures.ts';
import { writeKubeconfig } from '../output/kubeconfig.ts';
import { summary } from '../output/summary.ts';
import { Stopwatch } from '../output/time.ts';
import { checkedConfig, provide } from '../prepare.ts';
import { ensureStack, stackOutputs } from '../pulumi/engine.ts';
import { recover } from '../pulumi/recover.ts';
import { refuseStandingChanges } from '../pulumi/standing.ts';
import { runUpdate, type UpdateResult } from '../pulumi/update.ts';
import { type Home, openHome } from '../pulumi/workspace.ts';
import { preflightHosts } from './preflight.ts';

/** What {@link up} is told. */
export interface UpOptions {
  readonly stack: string;
  readonly print: (line: string) => void;
  /** Whether plain `pulumi` means this stack from then on. Default true. */
  readonly select?: boolean;
  /** Pulumi's live display. Default: on a terminal. */
  readonly display?: boolean;
  /** Told Pulumi's process id once it runs. */
  readonly onStart?: (pid: number) => void;
}

/** What {@link up} gives back. */
export interface UpReport {
  readonly home: Home;
  readonly update: UpdateResult;
}

/** `make up`: from whatever is there to the cluster that the stack describes. Throws before anything is changed. */
export async function up({ stack, print, select = true, display, onStart }: UpOptions): Promise<UpReport> {
  const watch = new Stopwatch();
  const first = checkedConfig(stack);
  const config =
    first.machines === 'hosts' ? await watch.phase('pre-flight', () => preflightHosts(stack, first, print)) : first;
  await watch.phase('tools and artifacts', () => provide(config, print));
  const home = await openHome();
  const machines = config.machinesList.map(({ name }) => name);
  const update = await watch.phase('update', async () => {
    await recover(home, stack, print);
    await ensureStack(home, stack, select);
    await refuseStandingChanges(home, stack, config);
    print(`stack ${stack}: updating`);
    return runUpdate({ home, stack, command: 'up', machines, print, display, onStart });
  });
  if (!update.ok) {
    const again = stack === 'dev' ? 'make up' : `make up STACK=${stack}`;
    const log = relative(home.repoDir, update.logPath);
    print(explain(update.failures, log, `Next: put right what is named above, then "${again}" goes on from here.`));
    return { home, update };
  }
  const outputs = await stackOutputs(home, stack);
  if (typeof outputs.kubeconfig !== 'string') throw new Error('the program gave no output "kubeconfig"');
  const path = await writeKubeconfig(home.repoDir, stack, outputs.kubeconfig);
  const kubeconfig = relative(home.repoDir, path);
  print(summary({ stack, outputs, changes: update.changes, kubeconfig, times: watch.summary() }));
  return { home, update };
}
