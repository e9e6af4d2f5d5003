import type { ClusterConfig } from '../../config/schema.ts';
import { UserError } from '../../lib/user-error.ts';
import { leaveOut, leavingOut, type SilentMachine, silentMachines } from '../health/silent.ts';
import { checkedConfig, cloudsOf } from '../prepare.ts';
import { type PreviewReport, previewReport } from '../preview/report.ts';
import { ensureStack } from '../pulumi/engine.ts';
import { type PreviewOutcome, runPreview } from '../pulumi/preview.ts';
import { recover } from '../pulumi/recover.ts';
import { refuseStandingChanges } from '../pulumi/standing.ts';
import { openWorkspace, type Workspace } from '../pulumi/workspace.ts';
import { preflightHosts } from './preflight.ts';
import { tools } from './tools.ts';

type Print = (line: string) => void;

/**
 * `make preview`: shows what an update would change, first the roll in plain words, then the lines of each file on each
 * machine. Creates no machine and needs no Docker; checks hosts.
 *
 * @returns 1 when the program or the engine reports an error
 */
export async function preview(stack: string, print: Print): Promise<number> {
  const first = checkedConfig(stack);
  const workspace = await openWorkspace({ stack, print, creates: true });
  const silent: SilentMachine[] = [];
  const config = await preflightHosts(stack, first, print, silent);
  await tools(cloudsOf(config));
  await recover(workspace, stack, print);
  await ensureStack(workspace, stack, true);
  const standing = await refuseStandingChanges(workspace, stack, config);
  if (config.machines === 'lab') silent.push(...(await silentMachines(standing, config)));
  const leftOut = leaveOut(silent, { standing, config, preview: true }, print);
  print(`stack ${stack}: comparing`);
  const outcome = await runPreview(leavingOut(workspace, leftOut), stack);
  const report = readReport(outcome, config, leftOut);
  for (const line of reportLines(stack, report)) print(line);
  if (outcome.ok) return 0;
  for (const error of report.errors.length > 0 ? report.errors : [outcome.otherwise]) print(`error: ${error}`);
  return 1;
}

const nothing: PreviewReport = { summary: [], details: [], disruptive: false, warnings: [], errors: [] };

/** The report of a preview that ended, or an empty one where it failed before it wrote any. */
function readReport(
  { printed, ok }: PreviewOutcome,
  { machinesList, workersAtOnce }: ClusterConfig,
  leftOut: readonly string[],
): PreviewReport {
  if (!ok && !printed.trimStart().startsWith('{')) return nothing;
  const machines = machinesList.map(({ name }) => name);
  return previewReport(printed, machines, { nodesAtOnce: workersAtOnce, leftOut });
}

/** The whole report as lines. */
export function reportLines(stack: string, { summary, details, warnings }: PreviewReport): string[] {
  const said = warnings.map((warning) => `warning: ${warning}`);
  if (summary.length === 0) return [...said, `stack ${stack}: an update would change nothing`];
  return [...said, ...summaryLines(stack, summary), '', ...details];
}

/** The roll in plain words. */
export function summaryLines(stack: string, summary: readonly string[]): string[] {
  return [`stack ${stack}: an update`, ...summary.map((line) => `  ${line}`)];
}

/**
 * Looks ahead, for an update.
 *
 * @throws UserError with what the preview says where it fails: the update would fail too
 */
export async function lookAhead(
  workspace: Workspace,
  config: ClusterConfig,
  leftOut: readonly string[],
): Promise<PreviewReport> {
  const outcome = await runPreview(workspace, config.stack);
  const report = readReport(outcome, config, leftOut);
  if (outcome.ok) return report;
  throw new UserError(`nothing was changed: ${report.errors.join('\n') || outcome.otherwise}`);
}
