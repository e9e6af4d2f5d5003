import { execa } from 'execa';
import { parseOutputs } from '../../smoke/outputs.ts';
import { type Home, openHome } from '../home.ts';
import { driverVariable, isStale, locksOf, thisHost } from '../locks.ts';
import { checkedConfig, cloudsOf } from '../prepare.ts';
import { PulumiError, pulumi, stackExists, stackFile, stackOutputs } from '../pulumi.ts';
import { BusyError } from '../recover.ts';
import { keepingSaltOut } from '../stack-salt.ts';
import { tools } from '../tools.ts';
import { appliedRoles, lookAtMachines } from './machines.ts';
import { type ProgramReading, readPreview } from './program.ts';
import { type DriftReport, driftText, exitStatus } from './report.ts';

/**
 * Compares a stack with the program, with the cloud, and with its machines. Changes nothing, the state included: what a
 * killed update left is for the next one to clear away.
 *
 * @throws Error where there is nothing to compare, or an update runs
 */
export async function findDrift(stack: string): Promise<DriftReport> {
  const begin = performance.now();
  const config = checkedConfig(stack);
  const home = await openHome({ stack, print: console.error });
  await tools(cloudsOf(config));
  if (!(await stackExists(home, stack))) throw new PulumiError(`there is no stack ${stack} yet: run "make up" first`);
  for (const lock of home.backendDir ? await locksOf(home.backendDir, stack) : []) {
    if (!(await isStale(lock, thisHost))) throw new BusyError(`stack ${stack} is being updated: wait for it to end`);
  }
  const outputs = await stackOutputs(home, stack);
  if (outputs.kubeconfig === undefined) throw new PulumiError(`stack ${stack} has no cluster now: run "make up" first`);
  const { ssh } = parseOutputs(outputs);
  const roles = appliedRoles(await pulumi(home, ['stack', 'export', '--stack', stack]));
  const [program, machines] = await Promise.all([lookAtProgram(home, stack), lookAtMachines(ssh, roles)]);
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
async function lookAtProgram(home: Home, stack: string): Promise<ReturnType<typeof readOutcome>> {
  const args = ['preview', '--refresh', '--json', '--stack', stack, '--non-interactive', '--color', 'never'];
  const result = await keepingSaltOut(stackFile(home, stack), () =>
    execa('pulumi', args, {
      cwd: home.repoDir,
      env: {
        ...home.environment,
        PULUMI_ENABLE_STREAMING_JSON_PREVIEW: 'false',
        [driverVariable]: String(process.pid),
      },
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
