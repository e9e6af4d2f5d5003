import { z } from 'zod';
import { labStatus } from '../../lab/status.ts';
import { parseOutputs } from '../../smoke/outputs.ts';
import { type HealthProblem, problemsText } from '../health/problems.ts';
import { verifyCluster } from '../health/verify.ts';
import { certificateReport } from '../output/certificates.ts';
import { makeFor } from '../output/make.ts';
import { readConfig } from '../prepare.ts';
import { stackExists, stackOutputs } from '../pulumi/engine.ts';
import { isStale, locksOf, thisHost } from '../pulumi/locks.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

type Print = (line: string) => void;

const shown = z.object({
  kubeconfig: z.string().optional(),
  certificateExpiry: z.record(z.string(), z.string()).default({}),
  machineSource: z.string().default('lab'),
});

/** How long, in seconds, the cluster may take to answer. */
const ANSWER_SECONDS = 20;

/**
 * `make status`: machines, what the cluster answers, certificate expiry. Shows no secret.
 *
 * @returns 1 when something is wrong
 */
export async function status(stack: string, print: Print): Promise<number> {
  const workspace = await openWorkspace({ stack, print });
  const { config } = readConfig(stack);
  const problems: HealthProblem[] = [];
  for (const lock of workspace.backendDir ? await locksOf(workspace.backendDir, stack) : []) {
    const stale = await isStale(lock, thisHost);
    print(`an update ${stale ? 'was killed' : 'is running'} (process ${lock.pid} on ${lock.hostname})`);
    if (stale) {
      const fix = `Run "${makeFor('up', stack)}": it goes on from there.`;
      problems.push({ subject: 'an update', seen: `was killed (process ${lock.pid} on ${lock.hostname})`, fix });
    }
  }
  if (!(await stackExists(workspace, stack))) {
    if (config?.machines === 'lab') await labMachines(config.labName, [], stack, print);
    print(`stack ${stack}: does not exist yet`);
    return 0;
  }
  const given = await stackOutputs(workspace, stack);
  const { kubeconfig, certificateExpiry, machineSource } = shown.parse(given);
  if (kubeconfig === undefined) {
    if (config?.machines === 'lab') await labMachines(config.labName, [], stack, print);
    print(`stack ${stack}: no cluster; "${makeFor('up', stack)}" creates it, or completes an interrupted update`);
    return finish(stack, problems, print);
  }
  const outputs = parseOutputs(given, { nodes: 0 });
  const lab = machineSource === 'lab' ? config?.labName : undefined;
  const [stopped, health] = await Promise.all([
    lab === undefined ? [] : labMachines(lab, outputs.machines, stack, print),
    verifyCluster(outputs, { stack, limitSeconds: ANSWER_SECONDS, once: true, print }),
  ]);
  if (lab === undefined) {
    const wrong = new Set(health.problems.map(({ subject }) => subject));
    for (const { name, address, roles } of outputs.machines)
      print(`${name}  ${address}  ${roles.join(', ')}: ${wrong.has(name) ? 'see below' : 'answers'}`);
  }
  print(`API endpoint ${outputs.endpoint}`);
  if (health.well.length > 0) print(`verified: ${health.well.join(', ')}`);
  const certificates = certificateReport(certificateExpiry, stack, new Date(), config?.certificateRenewalHours);
  print(certificates.line);
  // A machine that is not there is the reason why it does not answer.
  const gone = new Set(stopped.map(({ subject }) => subject));
  const others = health.problems.filter(({ subject }) => !gone.has(subject));
  return finish(stack, [...problems, ...stopped, ...others, ...certificates.problems], print);
}

function finish(stack: string, problems: readonly HealthProblem[], print: Print): number {
  if (problems.length === 0) return 0;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  print(`stack ${stack}: ${count}\n${problemsText(problems)}`);
  return 1;
}

/** Prints a lab's containers; returns a problem for each machine that does not run. */
async function labMachines(
  lab: string,
  expected: readonly { name: string; address: string }[],
  stack: string,
  print: Print,
): Promise<HealthProblem[]> {
  const { machines } = await labStatus(lab);
  const missing = expected
    .filter(({ name }) => !machines.some((machine) => machine.name === name))
    .map(({ name, address }) => ({ name, address, role: 'machine', state: 'removed' }));
  const all = [...machines, ...missing].sort((one, other) => (one.name < other.name ? -1 : 1));
  if (all.length === 0) print(`lab ${lab}: no machines`);
  for (const { name, role, address, state } of all) print(`${name}  ${address || '-'}  ${role}, ${state}`);
  return all
    .filter(({ state }) => state !== 'running')
    .map(({ name, state }) => {
      const way = state === 'removed' ? 'creates it again' : 'starts it';
      const seen = state === 'removed' ? 'has no container: it was removed' : `does not run: its container is ${state}`;
      return { subject: name, seen, fix: `Run "${makeFor('up', stack)}", which ${way}.` };
    });
}
