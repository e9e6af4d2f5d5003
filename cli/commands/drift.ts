import { execa } from 'execa';
import { parseOutputs } from '../../smoke/outputs.ts';
import { appliedRoles, checkMachines } from '../drift/machines.ts';
import { type ProgramReading, readPreview } from '../drift/program.ts';
import { type DriftReport, driftText, exitStatus } from '../drift/report.ts';
import { checkedConfig, cloudsOf } from '../prepare.ts';
import { keepEncryptionSaltOut } from '../pulumi/encryption-salt.ts';
import { PulumiError, pulumi, stackExists, stackFile, stackOutputs } from '../pulumi/engine.ts';
import { isStale, locksOf, thisHost } from '../pulumi/locks.ts';
import { BusyError } from '../pulumi/recover.ts';
import { openWorkspace, type Workspace } from '../pulumi/workspace.ts';
import { tools } from './tools.ts';

/**
 * Compares a stack with the program, with the cloud, and with its machines. Changes nothing, the state included: what a
 * killed update left is for the next one to clear away.
 *
 * @throws Error where there is nothing to compare, or an update runs
 */
export async function findDrift(stack: string): Promise<DriftReport> {
  const begin = performance.now();
  const config = checkedConfig(stack);
  await tools(cloudsOf(config));
  const workspace = await openWorkspace();
  if (!(await stackExists(workspace, stack)))
    throw new PulumiError(`there is no stack ${stack} yet: run "make up" first`);
  for (const lock of workspace.backendDir ? await locksOf(workspace.backendDir, stack) : []) {
    if (!(await isStale(lock, thisHost))) throw new BusyError(`stack ${stack} is being updated: wait for it to end`);
  }
  const outputs = await stackOutputs(workspace, stack);
  if (outputs.kubeconfig === undefined) throw new PulumiError(`stack ${stack} has no cluster now: run "make up" first`);
  const { ssh } = parseOutputs(outputs);
  const roles = appliedRoles(await pulumi(workspace, ['stack', 'export', '--stack', stack]));
  const [program, machines] = await Promise.all([
    checkProgram(workspace, stack),
    checkMachines(ssh, roles, config.sshTimeoutSeconds),
  ]);
  return {
    stack,
    program: program.differences,
    renewals: program.renewals,
    carried: program.carried,
    machines: machines.differences,
    faults: [...program.faults, ...machines.faults],
    roles,
    took: performance.now() - begin,
  };
}

/** A preview that first asks the providers what is there. It writes no state. */
async function checkProgram(workspace: Workspace, stack: string): Promise<ReturnType<typeof readOutcome>> {
  const args = ['preview', '--refresh', '--json', '--stack', stack, '--non-interactive', '--color', 'never'];
  const result = await keepEncryptionSaltOut(stackFile(workspace, stack), () =>
    execa('pulumi', args, {
      cwd: workspace.repoDir,
      env: { ...workspace.environment, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: 'false' },
      stdin: 'ignore',
      reject: false,
      maxBuffer: 256 * 1024 * 1024,
    }),
  );
  return readOutcome(result.stdout, result.exitCode === 0, result.stderr.trim() || String(result.shortMessage));
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

/** `make drift`. Returns the exit status: see {@link exitStatus}. */
export async function drift(stack: string, print: (line: string) => void): Promise<number> {
  const report = await findDrift(stack);
  print(driftText(report));
  return exitStatus(report);
}
