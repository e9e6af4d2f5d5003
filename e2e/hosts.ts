import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arguments } from '../cli/args.ts';
import { ConfirmError, down } from '../cli/commands/down.ts';
import { findDrift } from '../cli/commands/drift.ts';
import { preflight } from '../cli/commands/preflight.ts';
import { driftText, exitStatus } from '../cli/drift/report.ts';
import type { Steps } from '../cli/output/steps.ts';
import { checkedConfig } from '../cli/prepare.ts';
import { pulumi, stackExists, stackFile, stackOutputs } from '../cli/pulumi/engine.ts';
import { openWorkspace } from '../cli/pulumi/workspace.ts';
import { hostRecordFile } from '../config/host-record.ts';
import { docker } from '../lab/engine.ts';
import { type ClusterOutputs, parseOutputs } from '../smoke/outputs.ts';
import { stackFileText } from './config.ts';
import { volumesOf } from './lab.ts';
import { insidePlaces, NarrowComputer, neededPlaces } from './narrow.ts';
import { fillMirror, type Outside, outsideLab, outsideNet, startOutside, stopOutside } from './outside.ts';
import { differences, tracesScript } from './traces.ts';
import { indented, type Print, Trial } from './trial.ts';

const stack = 'e2e-hosts';

/**
 * A cluster on machines that the program did not make: given by address, with users that need sudo, one behind a bastion,
 * one with sshd at another port, some host keys pinned and some taken at first sight.
 */
export async function tryHosts(
  { keep, kill }: Pick<Arguments, 'keep' | 'kill'>,
  steps: Steps,
  print: Print,
): Promise<void> {
  const workspace = await openWorkspace();
  const folder = join(workspace.stateDir, stack);
  const say = indented(print);
  print(`e2e: hosts, stack ${stack}, machines started by themselves in ${outsideLab}`);
  // The machines of an earlier run go with what was put onto them, so nothing is to be taken off.
  if (await stackExists(workspace, stack))
    await pulumi(workspace, ['stack', 'rm', '--yes', '--force', '--preserve-config', stack]);
  await rm(hostRecordFile(stack), { force: true });
  let outside: Outside | undefined;
  const started = await steps.step('machines are started by somebody else', async () => {
    outside = await startOutside(stack, folder, say);
    await writeFile(stackFile(workspace, stack), stackFileText(outside.cluster));
    await fillMirror(checkedConfig(stack), say);
    return Object.keys(outside.machines).join(', ');
  });
  if (!started || outside === undefined) return;
  const { cluster, machines } = outside;
  const trial = new Trial(cluster, outsideLab, workspace, steps, print);
  const before = await traces(machines);
  const looked = await steps.step('pre-flight', async () => {
    if ((await preflight(stack, say)) !== 0) throw new Error('it failed, see above');
  });
  if (looked && (await trial.bringUp(kill))) {
    await trial.tryOut();
    await steps.step('drift finds nothing, with logins that print', async () => {
      const report = await findDrift(stack);
      if (exitStatus(report) !== 0) throw new Error(driftText(report));
    });
    await tryFromOutside(parseOutputs(await stackOutputs(workspace, stack)), steps, say);
  }
  if (steps.counts.failed > 0 && keep) {
    print(`kept, as KEEP says: look at stack ${stack}, then "make down STACK=${stack} CONFIRM=${stack}"`);
    return;
  }
  await steps.step('down that is not confirmed does nothing', refused);
  await trial.down();
  await steps.step('the hosts are as they were', async () => {
    const after = await traces(machines);
    const found = Object.keys(machines).flatMap((name) => differences(name, before[name] ?? '', after[name] ?? ''));
    if (found.length > 0) throw new Error(found.join('\n'));
  });
  await steps.step('pre-flight finds nothing in the way of another cluster', async () => {
    // As another stack would come: without the record that knows them.
    await rm(hostRecordFile(stack), { force: true });
    if ((await preflight(stack, say)) !== 0) throw new Error('it failed, see above');
  });
  const volumes = await volumesOf(outsideLab);
  await stopOutside(folder, say);
  await trial.nothingLeft(volumes);
  await rm(hostRecordFile(stack), { force: true });
}

/** The smoke test from a computer that reaches the API's endpoint and SSH, and nothing else; killed first, then whole. */
async function tryFromOutside(outputs: ClusterOutputs, steps: Steps, say: Print): Promise<void> {
  const needed = neededPlaces(outputs);
  let computer: NarrowComputer | undefined;
  try {
    await steps.step("a computer reaches the API's endpoint and SSH, and nothing inside", async () => {
      const found = await NarrowComputer.start(outsideLab, `${outsideNet}.7`, needed);
      computer = found;
      const inside = insidePlaces(outputs);
      const reached = await found.reaches([...needed, ...inside]);
      if (reached.join() !== needed.join())
        throw new Error(`expected ${needed.join(', ')}; seen ${reached.join(', ')}`);
      return `${needed.length} places reached, ${inside.length} not`;
    });
    const from = computer;
    if (from === undefined) return;
    await steps.step('a smoke test is killed there in its middle', async () => {
      const { status } = await from.run(['smoke', '--stack', stack], say, /^ok .*a Deployment scaled/);
      if (status !== -1) throw new Error(`it ended by itself, with status ${status}`);
    });
    await steps.step('the next one passes there, and removes what that one left', async () => {
      const { status, lines } = await from.run(['smoke', '--stack', stack], say);
      if (status !== 0) throw new Error(`it ended with status ${status}, see above`);
      const removed = lines.find((line) => /^removed what a killed run left: hardway-smoke-/.test(line));
      if (removed === undefined) throw new Error('it removed nothing');
      return removed;
    });
  } finally {
    await computer?.stop();
  }
}

async function refused(): Promise<string> {
  try {
    await down({ stack, print: () => {} });
  } catch (error) {
    if (error instanceof ConfirmError) return 'it was refused';
    throw error;
  }
  throw new Error('it took the cluster down');
}

/** What can be seen on each machine, by name. */
async function traces(machines: Outside['machines']): Promise<Record<string, string>> {
  const each = Object.entries(machines).map(async ([name, id]) => {
    const { stdout } = await docker(['exec', '-i', id, 'sh', '-eu'], { input: tracesScript });
    return [name, stdout] as const;
  });
  return Object.fromEntries(await Promise.all(each));
}
