import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../../lib/user-error.ts';
import { treeEntries, unpackDebian } from '../../toolchain/build/debian.ts';
import { openLog, type PackageLog } from '../../toolchain/cache/log.ts';
import { cacheDir } from '../../toolchain/cache/paths.ts';
import { type AptSetup, isDebian, prepareApt, suite } from '../../toolchain/debian/apt.ts';
import { type TarEntry, writeTar } from '../../toolchain/download/archive.ts';
import { type Arch, findOnPath, hostArch, isRoot } from '../../toolchain/host.ts';
import { docker } from '../engine.ts';

import { recipeArguments } from './recipe.ts';

/** Receives one line for people at each step. */
type Progress = (line: string) => void;

/** Where mmdebstrap runs. */
export type Workshop = 'host' | 'container';

/**
 * Where the machine image is built. On a Debian, as root, with this computer's mmdebstrap. Else in a container with
 * Debian's own: that needs rights to Docker alone, and does not depend on what this computer's release packages.
 */
export function workshopFor(computer: { readonly root: boolean; readonly debian: boolean }): Workshop {
  return computer.root && computer.debian ? 'host' : 'container';
}

/** mmdebstrap and the programs that it calls. None of their scripts is run, so that interpreters are named as well. */
const workshopPackages = [
  ...[
    'mmdebstrap',
    'apt',
    'dpkg',
    'perl',
    'mount',
    'util-linux',
    'dash',
    'bash',
    'coreutils',
    'tar',
    'gzip',
    'xz-utils',
  ],
  ...['sed', 'grep', 'findutils', 'mawk', 'diffutils', 'debianutils'],
];

/** What the scripts of {@link workshopPackages} would have made. */
const workshopFiles: readonly TarEntry[] = [
  { name: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n' },
  { name: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
  { name: 'usr/bin/awk', link: 'mawk' },
  { name: 'tmp', folder: true, mode: 0o1777 },
];

/** `docker run` arguments of mmdebstrap in a container. The image comes out on standard output. */
export function workshopArguments(image: string, folders: readonly string[]): string[] {
  return [
    ...['run', '--rm', '--network', 'host', '--cap-add', 'SYS_ADMIN', '--security-opt', 'label=disable'],
    ...['--security-opt', 'apparmor=unconfined', '--security-opt', 'seccomp=unconfined'],
    ...folders.flatMap((folder) => ['--volume', `${folder}:${folder}:ro`]),
    // Without values, so that a proxy's password is in no process list.
    ...['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [
      '--env',
      name,
    ]),
    ...['--entrypoint', '/usr/bin/mmdebstrap', image],
  ];
}

/** What to tell about a failed build: apt's own errors, and what they usually mean. */
export function buildFault(lines: readonly string[], log: string): string {
  const errors = lines.filter((line) => /^(E|W|Err|dpkg: error)[: ]/.test(line)).slice(-6);
  const shown = (errors.length > 0 ? errors : lines.slice(-6)).join('\n  ');
  const text = lines.join('\n');
  let fix =
    'make the sources above reachable (HARDWAY_DEBIAN_MIRROR=URL names another mirror of Debian), then run this again';
  if (/no space left on device/i.test(text)) {
    fix = 'free space in the temporary folder and the cache (1 GiB is enough), then run this again';
  } else if (/NO_PUBKEY|not signed/.test(text)) {
    fix =
      'the mirror of Debian is signed with a key that is not trusted here: put its key into /etc/apt/trusted.gpg.d, ' +
      'or name another mirror (HARDWAY_DEBIAN_MIRROR=URL)';
  }
  return `building the machine image failed:\n  ${shown}\nLog: ${log}\nFix: ${fix}.`;
}

/**
 * Builds the machine image's root file system with mmdebstrap.
 *
 * @param tar - where it goes when it is whole
 * @throws UserError with apt's errors and what to do
 */
export async function buildMachineImage(tar: string, say: Progress): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'hardway-image-'));
  // apt's downloads run as a user of their own, who reads the keys.
  await chmod(work, 0o755);
  const log = await openLog('machine-image');
  const workshop = workshopFor({ root: isRoot(), debian: (await isDebian()) && Boolean(await findOnPath('apt-get')) });
  try {
    await mkdir(join(cacheDir(), 'lab'), { recursive: true });
    const minutes = workshop === 'host' ? 'about a minute' : 'about two minutes, in a container';
    say(`machine image: building from Debian packages (${minutes}; log ${log.path})`);
    const partial = `${tar}.partial`;
    const apt = await prepareApt(join(work, 'apt'), hostArch());
    if (workshop === 'host') await onHost(apt, partial, log, say);
    else await inContainer(apt, work, partial, log, say);
    await rename(partial, tar);
  } finally {
    await log.close();
    await rm(work, { recursive: true, force: true });
  }
}

/** What both roads tell mmdebstrap. */
function bootstrapArguments(recipe: string, apt: AptSetup, target: string): string[] {
  const reach = [`--aptopt=${apt.options}`, `--keyring=${apt.keys}`];
  return [...recipeArguments(recipe), ...reach, suite, target, apt.sources];
}

async function onHost(apt: AptSetup, target: string, log: PackageLog, say: Progress): Promise<void> {
  await ensureMmdebstrap(say);
  await bootstrap('mmdebstrap', bootstrapArguments(import.meta.dirname, apt, target), undefined, log, say);
}

async function inContainer(apt: AptSetup, work: string, target: string, log: PackageLog, say: Progress): Promise<void> {
  const arch: Arch = hostArch();
  const context = { outDir: work, workDir: work, log: log.log, run: log.run };
  say('machine image: unpacking mmdebstrap from Debian packages, for a container of its own');
  const root = await unpackDebian(context, workshopPackages, arch, 'the machine image', 'workshop');
  const archive = join(work, 'workshop.tar');
  const own = new Set(workshopFiles.map(({ name }) => name));
  await writeTar(archive, [...(await treeEntries(root)).filter(({ name }) => !own.has(name)), ...workshopFiles]);
  const image = `hardway/workshop:${randomUUID().slice(0, 8)}`;
  await log.run('docker', ['import', archive, image]);
  try {
    // A copy: the container sees folders of the engine's computer, and this one may be another user's to read.
    const recipe = join(work, 'recipe');
    await cp(import.meta.dirname, recipe, { recursive: true });
    const inside = ['--mode=root', ...bootstrapArguments(recipe, apt, '-')];
    const args = [...workshopArguments(image, [recipe, apt.folder]), ...inside];
    await bootstrap('docker', args, target, log, say);
  } finally {
    await docker(['image', 'rm', '--force', image], { allowFailure: true });
  }
}

/** @param target - file for the standard output, where the image comes out there */
async function bootstrap(
  command: string,
  args: readonly string[],
  target: string | undefined,
  log: PackageLog,
  say: Progress,
): Promise<void> {
  log.log(`+ ${command} ${args.join(' ')}`);
  const stdout = target === undefined ? 'ignore' : { file: target };
  const running = execa(command, args, { stdin: 'ignore', stdout, stderr: 'pipe', reject: false, buffer: false });
  const lines: string[] = [];
  for await (const line of running.iterable({ from: 'stderr' })) {
    log.log(line);
    lines.push(line);
    if (line.startsWith('I: ')) say(`machine image: ${line.slice(3)}`);
  }
  const { exitCode } = await running;
  if (exitCode !== 0) throw new UserError(buildFault(lines, log.path));
}

async function ensureMmdebstrap(say: Progress): Promise<void> {
  if (await findOnPath('mmdebstrap')) return;
  say('machine image: installing mmdebstrap with apt-get');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '-q', '--no-install-recommends', 'mmdebstrap'];
  if ((await execa('apt-get', install, { reject: false, env })).exitCode === 0) return;
  await execa('apt-get', ['update', '-q'], { reject: false, env });
  const second = await execa('apt-get', install, { reject: false, env, all: true });
  if (second.exitCode !== 0) {
    throw new UserError(
      `apt-get install mmdebstrap failed:\n${(second.all ?? '').split('\n').slice(-5).join('\n')}\n` +
        'Fix: make `apt-get update` pass on this computer, then run this again.',
    );
  }
}
