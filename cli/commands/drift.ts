import { UserError } from '../../lib/user-error.ts';
import { parseOutputs } from '../../smoke/outputs.ts';
import { appliedRoles, checkMachines } from '../drift/machines.ts';
import { type ProgramReading, readPreview } from '../drift/program.ts';
import { type DriftReport, driftText, exitStatus } from '../drift/report.ts';
import { checkRules } from '../drift/rules.ts';
import { verifyCluster } from '../health/verify.ts';
import { checkedConfig, cloudsOf } from '../prepare.ts';
import { pulumi, stackExists, stackOutputs } from '../pulumi/engine.ts';
import { isStale, locksOf, thisHost } from '../pulumi/locks.ts';
import { runPreview } from '../pulumi/preview.ts';
import { openWorkspace, type Workspace } from '../pulumi/workspace.ts';
import { tools } from './tools.ts';

/** How long, in seconds, the cluster may take to answer. */
const ANSWER_SECONDS = 20;

/**
 * Compares a stack with the program, with the cloud, and with its machines, and asks the cluster. Changes nothing, the
 * state included: what a killed update left is for the next one to clear away.
 *
 * @throws Error where there is nothing to compare, or an update runs
 */
export async function findDrift(stack: string): Promise<DriftReport> {
  const begin = performance.now();
  const config = checkedConfig(stack);
  const workspace = await openWorkspace({ stack, print: console.error });
  await tools(cloudsOf(config));
  if (!(await stackExists(workspace, stack)))
    throw new UserError(`stack ${stack} does not exist yet`, { fix: 'run "make up" first' });
  for (const lock of workspace.backendDir ? await locksOf(workspace.backendDir, stack) : []) {
    if (!(await isStale(lock, thisHost))) {
      throw new UserError(`stack ${stack} is being updated`, {
        fix: 'wait until the update ends, then run this again',
      });
    }
  }
  const outputs = await stackOutputs(workspace, stack);
  if (outputs.kubeconfig === undefined)
    throw new UserError(`stack ${stack} has no cluster`, { fix: 'run "make up" first' });
  const known = parseOutputs(outputs, { nodes: 0 });
  const roles = appliedRoles(await pulumi(workspace, ['stack', 'export', '--stack', stack]));
  const [program, machines, rules, health] = await Promise.all([
    checkProgram(workspace, stack),
    checkMachines(known.ssh, roles, config.sshTimeoutSeconds),
    checkRules(known, config.sshTimeoutSeconds),
    verifyCluster(known, { stack, limitSeconds: ANSWER_SECONDS, once: true, print: () => undefined }),
  ]);
  const differences = [...machines.differences, ...rules];
  return {
    stack,
    program: program.differences,
    renewals: program.renewals,
    carried: program.carried,
    machines: differences,
    // What is wrong with a machine is said once.
    cluster: health.problems.filter(
      ({ subject }) =>
        !differences.some(({ machine }) => machine === subject) &&
        !machines.unchecked.some((reason) => reason.startsWith(`${subject}: `)),
    ),
    unchecked: [...program.faults, ...machines.unchecked],
    roles,
    took: performance.now() - begin,
  };
}

/** Runs a preview that refreshes first. It writes no state. */
async function checkProgram(workspace: Workspace, stack: string): Promise<ReturnType<typeof readOutcome>> {
  const { ok, printed, otherwise } = await runPreview(workspace, stack, ['--refresh']);
  return readOutcome(printed, ok, otherwise);
}

const nothing: Omit<ProgramReading, 'errors'> = { differences: [], renewals: [], carried: 0 };

/**
 * What an ended preview tells; one that failed may still have said why, and what it had found by then.
 *
 * @param printed - its report, which may be missing where it failed
 * @param otherwise - what to say where it failed without a reason in its report
 */
export function readOutcome(
  printed: string,
  ok: boolean,
  otherwise: string,
): Omit<ProgramReading, 'errors'> & { faults: string[] } {
  const fault = (text: string) => [`the program: pulumi preview failed: ${text}`];
  if (!ok && !printed.trimStart().startsWith('{')) return { ...nothing, faults: fault(otherwise) };
  const { errors, ...reading } = readPreview(printed, new Date());
  if (ok || (errors.length === 0 && reading.differences.length > 0)) return { ...reading, faults: [] };
  return { ...reading, faults: fault(errors.join('\n') || otherwise) };
}

/** `make drift`. The exit status is that of {@link exitStatus}. */
export async function drift(stack: string, print: (line: string) => void): Promise<number> {
  const report = await findDrift(stack);
  print(driftText(report));
  return exitStatus(report);
}
