import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { withLock } from '../toolchain/cache/mutex.ts';
import { cacheDir, logsDir } from '../toolchain/cache/paths.ts';
import { ensureDocker } from '../toolchain/docker.ts';
import { findOnPath, isRoot } from '../toolchain/host.ts';
import { inspect } from './engine.ts';
import { LabError } from './errors.ts';
import { debianSources, reachOptions, sourcesText } from './image/apt.ts';
import { recipeArguments, recipeKey, suite } from './image/recipe.ts';

/** The image that machines and the mirror start from. */
export interface MachineImage {
  /** Docker's name of it, `hardway/machine:<recipe key>`. */
  readonly image: string;
  /** Docker's id of it. */
  readonly id: string;
}

/** Receives one line for people at each step. */
export type Progress = (line: string) => void;

/** The image's name in Docker, known without building it. */
export function machineImageName(): string {
  return `hardway/machine:${recipeKey()}`;
}

/** The root file system's place in the cache. */
export function machineImageTar(): string {
  return join(cacheDir(), 'lab', `machine-image-${recipeKey()}.tar`);
}

/**
 * Makes sure that Docker has the machines' image: already there, imported from the cache, or built with mmdebstrap
 * from this machine's apt sources (about half a minute to a minute).
 *
 * @throws LabError when it can be had in none of these ways; the message names the log and the next step.
 */
export async function ensureMachineImage(options: { onProgress?: Progress } = {}): Promise<MachineImage> {
  const say = options.onProgress ?? (() => {});
  await ensureDocker({ onProgress: say });
  const image = machineImageName();
  const present = await imageId(image);
  if (present) return { image, id: present };
  return withLock(
    `${machineImageTar()}.lock`,
    (pid) => say(`machine image: waiting for process ${pid}, which is building it`),
    async () => {
      const tar = machineImageTar();
      if (!(await imageId(image))) {
        if (!existsSync(tar)) await build(tar, say);
        say('machine image: importing into Docker');
        await importTar(tar, image);
      }
      const id = await imageId(image);
      if (!id)
        throw new LabError(`Docker does not know ${image} after its import. Next: delete ${tar}, run this again.`);
      return { image, id };
    },
  );
}

async function imageId(image: string): Promise<string | undefined> {
  return (await inspect<{ Id: string }>('image', image))?.Id;
}

async function importTar(tar: string, image: string): Promise<void> {
  const changes = ['ENV container=docker', 'ENTRYPOINT ["/usr/local/sbin/hardway-boot"]'];
  const args = ['import', ...changes.flatMap((change) => ['--change', change]), '-', image];
  const result = await execa('docker', args, { inputFile: tar, reject: false });
  if (result.exitCode !== 0) {
    throw new LabError(
      `docker could not import ${tar}: ${result.stderr}\nNext: delete that file and run this again; it is built anew.`,
    );
  }
}

async function build(tar: string, say: Progress): Promise<void> {
  await ensureMmdebstrap(say);
  await mkdir(logsDir(), { recursive: true });
  const log = join(logsDir(), 'machine-image.log');
  const work = await mkdtemp(join(tmpdir(), 'hardway-image-'));
  try {
    const partial = `${tar}.partial`;
    const args = [...recipeArguments(join(import.meta.dirname, 'image')), ...(await aptArguments(work, partial))];
    say(`machine image: building from Debian packages (about a minute; log ${log})`);
    const running = execa('mmdebstrap', args, { stdin: 'ignore', reject: false, all: true });
    const lines: string[] = [];
    for await (const line of running.iterable({ from: 'all' })) {
      lines.push(line);
      if (line.startsWith('I: ')) say(`machine image: ${line.slice(3)}`);
    }
    const { exitCode } = await running;
    await writeFile(log, `${lines.join('\n')}\n`);
    if (exitCode !== 0) throw new LabError(buildFault(lines, log));
    await rename(partial, tar);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What to tell about a failed build: apt's own errors, and what they usually mean. Pure. */
export function buildFault(lines: readonly string[], log: string): string {
  const errors = lines.filter((line) => /^(E|W|Err|dpkg: error)[: ]/.test(line)).slice(-6);
  const shown = (errors.length > 0 ? errors : lines.slice(-6)).join('\n  ');
  const full = lines.some((line) => /no space left on device/i.test(line));
  const next = full
    ? 'free space in the temporary folder and the cache (1 GiB is enough)'
    : '`apt-get update` on this machine must pass: the image comes from the same sources';
  return `building the machine image failed:\n  ${shown}\nThe whole log: ${log}\nNext: ${next}; then run this again.`;
}

async function aptArguments(work: string, target: string): Promise<string[]> {
  const dump = await execa('apt-config', ['dump'], { reject: false });
  const options = join(work, 'apt.conf');
  // Read from a file: a proxy's address may carry a password, which must not show among the arguments.
  await writeFile(options, reachOptions(dump.stdout ?? ''), { mode: 0o600 });
  const text = sourcesText(await hostSources());
  if (text === '') return [`--aptopt=${options}`, suite, target];
  const sources = join(work, 'debian.sources');
  await writeFile(sources, text);
  return [`--aptopt=${options}`, suite, target, sources];
}

async function hostSources() {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1];
  if (!/^ID=debian$/m.test(release) || !codename) return [];
  const folder = '/etc/apt/sources.list.d';
  const parts = (await readdir(folder).catch(() => [])).filter((name) => /\.(list|sources)$/.test(name));
  const files = ['/etc/apt/sources.list', ...parts.map((name) => join(folder, name))];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return debianSources(texts, codename, suite);
}

async function ensureMmdebstrap(say: Progress): Promise<void> {
  if (await findOnPath('mmdebstrap')) return;
  if (!isRoot() || !(await findOnPath('apt-get'))) {
    throw new LabError(
      'the machine image is built with mmdebstrap, which is not installed. Next: apt-get install mmdebstrap, or run as root.',
    );
  }
  say('machine image: installing mmdebstrap with apt-get');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '-q', '--no-install-recommends', 'mmdebstrap'];
  if ((await execa('apt-get', install, { reject: false, env })).exitCode === 0) return;
  await execa('apt-get', ['update', '-q'], { reject: false, env });
  const second = await execa('apt-get', install, { reject: false, env, all: true });
  if (second.exitCode !== 0) {
    throw new LabError(
      `apt-get install mmdebstrap failed:\n${(second.all ?? '').split('\n').slice(-5).join('\n')}\n` +
        'Next: `apt-get update` must pass on this machine; then run this again.',
    );
  }
}
