import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { readLock } from '../artifacts/lock.ts';
import { servedByLab } from '../artifacts/required.ts';
import type { Arguments } from '../cli/args.ts';
import { down } from '../cli/commands/down.ts';
import type { Steps } from '../cli/output/steps.ts';
import { checkedConfig } from '../cli/prepare.ts';
import { stackFile } from '../cli/pulumi/engine.ts';
import { openWorkspace } from '../cli/pulumi/workspace.ts';
import { docker } from '../lab/engine.ts';
import { hostMissingCapabilities } from '../lab/facts.ts';
import { debianImage } from '../toolchain/build/debian.ts';
import { cacheDir, repoDir } from '../toolchain/cache/paths.ts';
import { prepareApt, suite } from '../toolchain/debian/apt.ts';
import { ensureAll } from '../toolchain/ensure.ts';
import { findOnPath, hostArch } from '../toolchain/host.ts';
import { stackFileText, testCluster } from './config.ts';
import { indented, type Print } from './trial.ts';

/** An imitation of another computer: a root file system of Debian 13 with what the other one has and lacks. */
export interface Computer {
  readonly name: string;
  /** `/etc/os-release`; default Debian's own. */
  readonly release?: string;
  /** Paths that it does not have. */
  readonly lacks: readonly string[];
}

/** Keys and sources of Debian, which only a Debian has. */
const ofDebian = ['usr/share/keyrings', 'etc/apt/trusted.gpg.d', 'etc/apt/sources.list', 'etc/apt/sources.list.d'];

/** The computers that a lab is tried on. */
export const computers: readonly Computer[] = [
  { name: 'debian13', lacks: [] },
  { name: 'ubuntu', release: 'ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n', lacks: ofDebian },
  {
    name: 'fedora',
    release: 'ID=fedora\nVERSION_ID=42\n',
    lacks: [...ofDebian, ...['apt-get', 'apt-config', 'dpkg-deb'].map((name) => `usr/bin/${name}`)],
  },
];

/** Release of Debian that the imitations are made of: another one than the images'. */
const release = 'trixie';
const packages = ['ca-certificates', 'curl', 'docker-cli', 'iproute2', 'make', 'openssh-client', 'procps'];

/** Packages that are made of Debian's, and so are what is to be tried: they are not taken from the cache. */
const tried = /^(smoke|bench)-/;

/**
 * `make e2e TOPOLOGY=computers`: the machine image, and a cluster up, tried and down, from each imitation, with this
 * computer's engine and a copy of its cache. Takes root, for the imitations.
 */
export async function tryComputers({ keep }: Pick<Arguments, 'keep'>, steps: Steps, print: Print): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hardway-computers-'));
  const cluster = testCluster('computers');
  const workspace = await openWorkspace();
  await writeFile(stackFile(workspace, cluster.stack), stackFileText(cluster));
  const say = indented(print);
  await down({ stack: cluster.stack, print: say, forget: true });
  const provided = await steps.step('tools and artifacts are provided here, for the imitations to find', async () => {
    const config = checkedConfig(cluster.stack);
    const artifacts = servedByLab(config, readLock()).map(({ id }) => id);
    await ensureAll({ tools: true, artifacts }, { kubernetesVersion: config.kubernetesVersion, onProgress: say });
  });
  if (!provided) return;
  const standIn = await imageOfDebian(folder);
  try {
    for (const computer of computers) {
      print(`e2e: ${computer.name}, stack ${cluster.stack}`);
      const image = `hardway/computer:${computer.name}`;
      const cache = join(folder, 'cache');
      const made = await steps.step(`an imitation of ${computer.name} is made`, async () => {
        await makeRoot(computer, image, folder);
        await copyCache(cache);
      });
      if (!made) continue;
      const run = (name: string, ...command: string[]) =>
        steps.step(`${computer.name}: ${name}`, () => inside({ image, cache, command, say }));
      await run(
        'the machine image is built',
        ...node('lab/main.ts', 'image', 'build', '--output', join(cache, 'machine.tar')),
      );
      const up = await run('up', 'make', 'up', `STACK=${cluster.stack}`);
      if (up) await run('smoke test', 'make', 'smoke', `STACK=${cluster.stack}`);
      if (!up && keep) return;
      await run('down', 'make', 'down', `STACK=${cluster.stack}`);
      await docker(['image', 'rm', '--force', image], { allowFailure: true });
    }
    await rm(stackFile(workspace, cluster.stack), { force: true });
  } finally {
    // What the imitations wrote into .hardway/env names their tools.
    await openWorkspace();
    if (standIn) await docker(['image', 'rm', debianImage], { allowFailure: true });
    await rm(folder, { recursive: true, force: true });
  }
}

const node = (...words: string[]): string[] => ['sh', 'toolchain/bootstrap.sh', ...words];

/** Makes a root file system with mmdebstrap, and an image of it. */
async function bootstrap(of: string, image: string, folder: string, more: readonly string[]): Promise<void> {
  const tar = join(folder, 'root.tar');
  const apt = await prepareApt(join(folder, 'apt'), hostArch(), process.env, of);
  const args = ['--variant=minbase', '--format=tar', `--aptopt=${apt.options}`, ...more, of, tar, apt.sources];
  const { exitCode, all } = await execa('mmdebstrap', args, { reject: false, all: true });
  if (exitCode !== 0) throw new Error(String(all).split('\n').slice(-8).join('\n'));
  await docker(['import', tar, image]);
  await rm(tar);
}

async function makeRoot({ release: text, lacks }: Computer, image: string, folder: string): Promise<void> {
  const file = join(folder, 'os-release');
  if (text) await writeFile(file, text);
  const hooks = [
    ...(text ? [`cp ${file} "$1"/usr/lib/os-release`] : []),
    ...lacks.map((path) => `rm -rf "$1"/${path}`),
  ].map((hook) => `--customize-hook=${hook}`);
  await bootstrap(release, image, folder, [`--include=${packages.join(',')}`, ...hooks]);
}

/** Docker's image of Debian, which a computer without apt pulls: a root of our own where that cannot be. */
async function imageOfDebian(folder: string): Promise<boolean> {
  if ((await docker(['image', 'inspect', debianImage], { allowFailure: true })).exitCode === 0) return false;
  if ((await docker(['pull', debianImage], { allowFailure: true })).exitCode === 0) return false;
  await bootstrap(suite, debianImage, folder, []);
  return true;
}

/** A cache with what this computer's has, but for what is to be made anew. Packages are never changed in place, so links do. */
async function copyCache(cache: string): Promise<void> {
  await rm(cache, { recursive: true, force: true });
  await mkdir(join(cache, 'bin'), { recursive: true });
  await mkdir(join(cache, 'tmp'));
  for (const part of ['parts', 'tools']) {
    await execa('cp', ['-al', join(cacheDir(), part), join(cache, part)]);
  }
  for (const name of await readdir(join(cache, 'parts'))) {
    if (tried.test(name)) await rm(join(cache, 'parts', name), { recursive: true });
  }
  const node = await findOnPath(process.execPath, '/');
  if (node) await cp(node, join(cache, 'bin', basename(node)));
  // The packages stand already; bootstrap.sh only wants to see that there is an npm.
  await symlink('/bin/true', join(cache, 'bin', 'npm'));
}

interface Inside {
  readonly image: string;
  readonly cache: string;
  readonly command: readonly string[];
  readonly say: Print;
}

/** Runs a command on the imitation: this computer's kernel, network and engine, the other one's files. */
async function inside({ image, cache, command, say }: Inside): Promise<void> {
  const goRoot = (await execa('go', ['env', 'GOROOT'], { reject: false })).stdout;
  const mirror = process.env.HARDWAY_DEBIAN_MIRROR;
  const environment = {
    ...{ HOME: '/root', LANG: 'C.UTF-8', HARDWAY_CACHE: cache, TMPDIR: join(cache, 'tmp') },
    // The checkout is this computer's, and so are the tools that its own links name.
    HARDWAY_BIN: join(cache, 'bin'),
    PATH: [
      ...(goRoot ? [join(goRoot, 'bin')] : []),
      '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ].join(':'),
    ...(mirror ? { HARDWAY_DEBIAN_MIRROR: mirror } : {}),
  };
  const args = [
    ...['run', '--rm', '--network', 'host', '--workdir', repoDir(), '--hostname', 'imitation'],
    // What this computer has and allows: from it the lab tells what its machines may have.
    ...(existsSync('/dev/kmsg') ? ['--device', '/dev/kmsg'] : []),
    ...(existsSync('/lib/modules') ? ['--volume', '/lib/modules:/lib/modules:ro'] : []),
    ...['--cap-add', 'ALL', ...hostMissingCapabilities().flatMap((name) => ['--cap-drop', name])],
    ...['--security-opt', 'apparmor=unconfined', '--security-opt', 'seccomp=unconfined'],
    ...['/var/run/docker.sock', repoDir(), cache].flatMap((path) => ['--volume', `${path}:${path}`]),
    // Links of this checkout's tools may lead into the cache of this computer.
    ...[cacheDir(), ...(goRoot ? [goRoot] : [])].flatMap((path) => ['--volume', `${path}:${path}:ro`]),
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...[image, ...command],
  ];
  const running = execa('docker', args, { stdin: 'ignore', reject: false, all: true });
  const lines: string[] = [];
  for await (const line of running.iterable({ from: 'all' })) {
    lines.push(line);
    say(line);
  }
  const { exitCode } = await running;
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}: ${lines.slice(-3).join('\n')}`);
}
