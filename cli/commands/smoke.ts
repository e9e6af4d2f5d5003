import { join } from 'node:path';
import { interruption } from '../../lib/interruption.ts';
import { UserError } from '../../lib/user-error.ts';
import { parseOutputs } from '../../smoke/outputs.ts';
import { runSmoke } from '../../smoke/run.ts';
import { readLock } from '../../toolchain/artifacts.ts';
import { binDir } from '../../toolchain/cache/paths.ts';
import { ensurePackages } from '../../toolchain/ensure.ts';
import { artifactPackage } from '../../toolchain/plan/artifact-packages.ts';
import { type Counts, countsLine } from '../output/counts.ts';
import { duration } from '../output/time.ts';
import { readConfig } from '../prepare.ts';
import { stackExists, stackOutputs } from '../pulumi/engine.ts';
import { openWorkspace, type Workspace } from '../pulumi/workspace.ts';

/** Runs the smoke test against a stack and prints its lines. Returns the count. */
export async function smokeStack(workspace: Workspace, stack: string, print: (line: string) => void): Promise<Counts> {
  if (!(await stackExists(workspace, stack)))
    throw new UserError(`stack ${stack} does not exist yet`, { fix: 'run "make up" first' });
  const given = await stackOutputs(workspace, stack);
  if (given.kubeconfig === undefined) {
    throw new UserError(`stack ${stack} has no cluster`, {
      fix: 'run "make up" to create it, or to complete an interrupted update',
    });
  }
  const outputs = parseOutputs(given);
  const interrupted = interruption(() =>
    print('interrupted: removing what this run made; if that is interrupted too, the next run does it'),
  );
  try {
    const kubectl = join(binDir(), 'kubectl');
    const smokeImages = outputs.machineSource === 'lab' ? undefined : await smokeImagesFor(outputs.nodes);
    // A stack file that is at fault now is no reason not to look at what stands.
    const timeoutSeconds = readConfig(stack).config?.sshTimeoutSeconds;
    const { signal } = interrupted;
    const outcomes = await runSmoke(outputs, { print, signal, kubectl, smokeImages, timeoutSeconds });
    const count = (state: string) => outcomes.filter((one) => one.state === state).length;
    return { passed: count('passed'), failed: count('failed') };
  } finally {
    interrupted.release();
  }
}

/** The smoke test's image for each architecture of the nodes: where no lab's mirror serves it, the test brings it along. */
async function smokeImagesFor(nodes: readonly { architecture: string }[]): Promise<Record<string, string>> {
  const found = (await readLock()).filter(
    ({ name, arch }) => name === 'smoke' && nodes.some(({ architecture }) => architecture === arch),
  );
  const parts = found.map((artifact) => ({ arch: artifact.arch, part: artifactPackage(artifact) }));
  const finished = await ensurePackages(parts.map(({ part }) => part));
  return Object.fromEntries(
    parts.map(({ arch, part }) => [arch, join(finished.get(part.id)?.dir ?? '', part.outputs[0] ?? '')]),
  );
}

/** `make smoke`. Returns the exit status. */
export async function smoke(stack: string, print: (line: string) => void): Promise<number> {
  const begin = performance.now();
  const counts = await smokeStack(await openWorkspace({ stack, print }), stack, print);
  print(`took ${duration(performance.now() - begin)}`);
  print(countsLine(counts));
  return counts.failed > 0 ? 1 : 0;
}
