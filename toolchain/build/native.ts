import { join } from 'node:path';
import { UserError } from '../../lib/user-error.ts';

import { type Arch, findOnPath, hostArch, isRoot, requireLinux } from '../host.ts';
import type { BuildContext } from '../plan/package.ts';
import { unpackDebian } from './debian.ts';

/** What Debian calls architectures in the paths of libraries. */
export const gnuNames: Record<Arch, string> = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/** Installs Debian packages, or says that a person has to. */
async function installPackages(context: BuildContext, packages: string[], why: string): Promise<void> {
  const command = `apt-get install -y ${packages.join(' ')}`;
  if (!(await findOnPath('apt-get')))
    throw new UserError(why, { fix: "install gcc with the system's package manager" });
  if (!isRoot()) throw new UserError(`${why}, and installing one takes root`, { fix: `sudo ${command}` });
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', ...packages];
  await context.run('apt-get', install, { env }).catch(async () => {
    // Package lists may never have been fetched, or be too old to find the files.
    await context.run('apt-get', ['update'], { env });
    await context.run('apt-get', install, { env });
  });
}

async function findCompiler(context: BuildContext, title: string, arch: Arch): Promise<string> {
  requireLinux(`building ${title}, which needs a C compiler,`);
  if (arch === hostArch()) {
    if (!(await findOnPath('gcc'))) await installPackages(context, ['gcc'], `${title} needs a C compiler`);
    return 'gcc';
  }
  const cross = `${gnuNames[arch]}-gcc`;
  if (await findOnPath(cross)) return cross;
  throw new UserError(`${title} for ${arch} cannot be built on ${hostArch()}: it takes C, and there is no ${cross}`, {
    fix: `install ${cross}, or download it: HARDWAY_SOURCE=download`,
  });
}

/** gcc's arguments that put headers and libraries of an unpacked Debian in the place of this computer's. */
export function sysrootFlags(root: string, arch: Arch): string[] {
  const gnu = gnuNames[arch];
  // The folders by name: compilers of other distributions do not know Debian's.
  const [headers, libraries] = [`${root}/usr/include`, `${root}/usr/lib/${gnu}`];
  return [
    `--sysroot=${root}`,
    '-isystem',
    headers,
    '-isystem',
    `${headers}/${gnu}`,
    `-B${libraries}/`,
    `-L${libraries}`,
  ];
}

/** A C compiler, with the arguments that it always gets. */
export interface Compiler {
  readonly command: string;
  readonly flags: readonly string[];
  /** Environment of Go's builds with C: the compiler with its arguments, and a pkg-config that knows them. */
  readonly env: Readonly<Record<'CC' | 'PKG_CONFIG', string>>;
}

/**
 * A C compiler for `arch` that compiles against Debian's C library and packages, not this computer's: what comes out runs
 * in images of that Debian, wherever it was compiled. gcc is installed where it is missing and this is root.
 *
 * @param packages - Debian packages with the headers and libraries that are needed beside the C library's
 * @throws UserError when there is no compiler, or the packages cannot be fetched
 */
export async function ensureCompiler(
  context: BuildContext,
  title: string,
  arch: Arch,
  packages: readonly string[] = [],
): Promise<Compiler> {
  const command = await findCompiler(context, title, arch);
  const root = await unpackDebian(context, ['libc6-dev', ...packages], arch, title, 'sysroot');
  const flags = sysrootFlags(root, arch);
  // Go reads CC like a shell: quotes keep a folder with spaces whole.
  const cc = [command, ...flags.map((flag) => (/\s/.test(flag) ? `'${flag}'` : flag))].join(' ');
  return { command, flags, env: { CC: cc, PKG_CONFIG: join(import.meta.dirname, 'pkg-config.sh') } };
}
