import { relative } from 'node:path';
import { z } from 'zod';
import { changedSettings, changeText, shownSettings } from '../../config/changes/settings.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { recoverMachines } from '../../lab/recover.ts';
import { sourcesDigest } from '../../lib/sources.ts';
import { UserError } from '../../lib/user-error.ts';
import { parseOutputs } from '../../smoke/outputs.ts';
import { repoDir } from '../../toolchain/cache/paths.ts';
import { leaveOut, leavingOut, type SilentMachine, silentMachines, withRestoring } from '../health/silent.ts';
import { verifyCluster } from '../health/verify.ts';
import { explain } from '../output/failures.ts';
import { writeKubeconfig } from '../output/kubeconfig.ts';
import { makeFor } from '../output/make.ts';
import { isUnchanged } from '../output/progress-reporter.ts';
import { summary } from '../output/summary.ts';
import { Stopwatch } from '../output/time.ts';
import { checkedConfig, cloudsOf, provide, requireLabHost } from '../prepare.ts';
import { mayDisturb } from '../preview/needed.ts';
import { ensureStack, stackExists, stackOutputs } from '../pulumi/engine.ts';
import { recover } from '../pulumi/recover.ts';
import { refuseStandingChanges } from '../pulumi/standing.ts';
import { runUpdate, type UpdateResult } from '../pulumi/update.ts';
import { openWorkspace, type Workspace } from '../pulumi/workspace.ts';
import { preflightHosts } from './preflight.ts';
import { lookAhead, summaryLines } from './preview.ts';
import { tools } from './tools.ts';

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
  /** Whether etcd members that were lost get their data from a snapshot meanwhile. Default false. */
  readonly restoring?: boolean;
  /** Asks whether to go on with an update that restarts, drains or removes something. Default: it goes on. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

/** The result of {@link up}. */
export interface UpReport {
  readonly workspace: Workspace;
  readonly update: UpdateResult;
  /** Whether the update went well and the cluster answers as it should. */
  readonly ok: boolean;
}

/** How long, in seconds, a cluster may take until it answers after an update that changed something. */
const SETTLE_SECONDS = 60;
/** The same where nothing was changed. */
const ANSWER_SECONDS = 30;

const machinesSchema = z.array(z.object({ name: z.string(), address: z.string(), roles: z.array(z.string()) }));

/** The machines of a lab that its stack has and is to keep. */
function standingLab({ labName, machinesList }: ClusterConfig, standing: Readonly<Record<string, unknown>>) {
  const machines = machinesSchema.safeParse(standing.machines).data ?? [];
  const kept = machines.filter(({ name }) => machinesList.some((machine) => machine.name === name));
  return { lab: labName, machines: kept };
}

const declined = (stack: string): UserError =>
  new UserError(`stack ${stack}: stopped; nothing was changed`, {
    fix: `"${makeFor('preview', stack)}" shows the lines that change; "${makeFor('up', stack)} YES=1" does not ask`,
  });

/**
 * `make up`: creates or updates the cluster that the stack describes, then asks it whether it is well: also when there
 * was nothing to change.
 *
 * @throws UserError before anything is changed
 */
export async function up({
  stack,
  print,
  select = true,
  display,
  onStart,
  restoring = false,
  confirm,
}: UpOptions): Promise<UpReport> {
  const watch = new Stopwatch();
  const first = checkedConfig(stack);
  requireLabHost(first);
  // Before minutes are spent on what goes into the machines: the passphrase may be the wrong one.
  const workspace = await openWorkspace({ stack, print, creates: true });
  const silentHosts: SilentMachine[] = [];
  const config =
    first.machines === 'hosts'
      ? await watch.phase('pre-flight', () => preflightHosts(stack, first, print, silentHosts))
      : first;
  // Before artifacts are fetched, or built for minutes, that belong to an update which is refused.
  const standing = await watch.phase('tools and artifacts', async () => {
    await tools(cloudsOf(config));
    const exists = await stackExists(workspace, stack);
    const outputs = exists ? await refuseStandingChanges(workspace, stack, config) : {};
    await provide(config, print);
    return outputs;
  });
  const machines = config.machinesList.map(({ name }) => name);
  const { recovered, leftOut } = await watch.phase('checks', async () => {
    await recover(workspace, stack, print);
    await ensureStack(workspace, stack, select);
    const recovered =
      config.machines === 'lab' && (await recoverMachines(standingLab(config, standing), print, restoring));
    const silent = config.machines === 'hosts' ? silentHosts : await silentMachines(standing, config);
    return { recovered, leftOut: leaveOut(silent, { standing, config }, print) };
  });
  const updated = leavingOut(restoring ? withRestoring(workspace) : workspace, leftOut);
  if (mayDisturb({ standing, config, program: sourcesDigest(repoDir()), now: new Date() })) {
    const ahead = await watch.phase('preview', () => lookAhead(updated, config, leftOut));
    if (ahead.summary.length > 0) print(summaryLines(stack, ahead.summary).join('\n'));
    if (ahead.disruptive && confirm && !(await confirm('Go on?'))) throw declined(stack);
  }
  print(`stack ${stack}: updating`);
  const update = await watch.phase('update', () =>
    runUpdate({ workspace: updated, stack, command: 'up', machines, print, display, onStart }),
  );
  if (!update.ok) {
    const log = relative(workspace.repoDir, update.logPath);
    const changed = changedSettings(standing.settings, shownSettings(config)).map(changeText);
    print(explain(update.failures, { log, stack, again: makeFor('up', stack), changed }));
    return { workspace, update, ok: false };
  }
  const outputs = await stackOutputs(workspace, stack);
  if (typeof outputs.kubeconfig !== 'string') throw new Error('the program gave no output "kubeconfig"');
  const path = await writeKubeconfig(workspace.repoDir, stack, outputs.kubeconfig);
  const kubeconfig = relative(workspace.repoDir, path);
  const { changes } = update;
  const health = await watch.phase('verification', () => {
    const limitSeconds = isUnchanged(changes) && !recovered ? ANSWER_SECONDS : SETTLE_SECONDS;
    return verifyCluster(parseOutputs(outputs, { nodes: 0 }), { stack, limitSeconds, leftOut, print });
  });
  print(summary({ stack, outputs, changes, kubeconfig, times: watch.summary(), health }));
  return { workspace, update, ok: health.problems.length === 0 };
}
