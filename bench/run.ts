import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { readLock } from '../artifacts/lock.ts';
import { down } from '../cli/commands/down.ts';
import { up } from '../cli/commands/up.ts';
import { kubeconfigName } from '../cli/output/kubeconfig.ts';
import { stackFile } from '../cli/pulumi/engine.ts';
import { openWorkspace, type Workspace } from '../cli/pulumi/workspace.ts';
import { imageTar, parseImage } from '../lab/mirror.ts';
import { Kubectl } from '../smoke/kubectl.ts';
import { binDir } from '../toolchain/cache/paths.ts';
import { ensureAll } from '../toolchain/ensure.ts';
import { hostArch, requireLinux } from '../toolchain/host.ts';
import { type Links, table } from './figures.ts';
import { benchImage, measureLinks } from './measure.ts';

type Print = (line: string) => void;

/** The networks that are compared, in the order in which they are measured. */
const networks = ['bridge', 'weave'] as const;

/** How long the measuring of one network may take, in milliseconds. */
const limitMs = 180_000;

/** A small cluster with two workers, of names and ranges that no other test has. */
function stackText(stack: string, cni: string): string {
  const keys = {
    labName: `hardway-${stack}`,
    labSubnet: '10.94.0.0/24',
    controllers: ['brain1'],
    loadBalancers: [],
    workers: ['arm1', 'arm2'],
    cni,
  };
  return ['# Written by `make bench`; not committed.', 'config:', ...lines(keys), ''].join('\n');
}

const lines = (keys: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(keys).map(([key, value]) => `  hardway:${key}: ${JSON.stringify(value)}`);

/** `make bench`: the same link by each pod network, beside the machines' own, in one run. Returns the exit status. */
export async function bench(print: Print): Promise<number> {
  requireLinux('make bench');
  const image = readLock().artifacts.find(({ url, arch }) => url === benchImage && arch === hostArch());
  if (!image) throw new Error(`the artifact lock has no ${benchImage}`);
  await ensureAll({ tools: true, artifacts: [image.id] });
  const workspace = await openWorkspace();
  const found: Record<string, Links> = {};
  for (const cni of networks) found[cni] = await measured(workspace, cni, print);
  for (const line of table(found)) print(line);
  return 0;
}

async function measured(workspace: Workspace, cni: string, print: Print): Promise<Links> {
  const stack = `e2e-bench-${cni}`;
  const quiet: Print = (line) => print(line.replaceAll(/^/gm, '      '));
  await writeFile(stackFile(workspace, stack), stackText(stack, cni));
  try {
    const { ok } = await up({ stack, print: quiet, select: false, display: false });
    if (!ok) throw new Error(`the cluster for ${cni} did not come up, see above`);
    await pushImage('10.94.0.254');
    const kubectl = new Kubectl(join(workspace.repoDir, kubeconfigName(stack)), join(binDir(), 'kubectl'));
    return await measureLinks(kubectl, ['arm1', 'arm2'], AbortSignal.timeout(limitMs));
  } finally {
    await down({ stack, print: quiet, forget: true });
    await rm(stackFile(workspace, stack), { force: true });
  }
}

/** Puts the image into the lab's mirror, where `up` puts only what every cluster needs. */
async function pushImage(mirror: string): Promise<void> {
  const image = parseImage(benchImage);
  const target = `${mirror}:5000/${image.repository}:${image.tag}`;
  const env = { NO_PROXY: mirror, no_proxy: mirror };
  await execa(join(binDir(), 'crane'), ['push', '--insecure', imageTar(image), target], { env });
}
