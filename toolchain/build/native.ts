import { access } from 'node:fs/promises';
import { ToolchainError } from '../error.ts';
import { type Arch, findOnPath, hostArch, isRoot } from '../host.ts';
import type { BuildContext } from '../plan/package.ts';

/** What Debian calls architectures in the paths of libraries. */
export const gnuNames: Record<Arch, string> = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Installs Debian packages, or says that a person has to. */
export async function installPackages(context: BuildContext, packages: string[], why: string): Promise<void> {
  const command = `apt-get install -y ${packages.join(' ')}`;
  if (!isRoot() || !(await findOnPath('apt-get'))) {
    throw new ToolchainError(`${why}, and this is ${isRoot() ? 'not Debian' : 'not root'}`, `install it: ${command}`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', ...packages];
  await context.run('apt-get', install, { env }).catch(async () => {
    // Package lists may never have been fetched, or be too old to find the files.
    await context.run('apt-get', ['update'], { env });
    await context.run('apt-get', install, { env });
  });
}

/** A C compiler for `arch`; installed where it is this machine's own architecture and there is none. */
export async function ensureCompiler(context: BuildContext, title: string, arch: Arch): Promise<string> {
  if (arch === hostArch()) {
    if (!(await findOnPath('gcc'))) await installPackages(context, ['gcc', 'libc6-dev'], `${title} needs a C compiler`);
    return 'gcc';
  }
  const cross = `${gnuNames[arch]}-gcc`;
  if (await findOnPath(cross)) return cross;
  throw new ToolchainError(
    `${title} for ${arch} cannot be built on ${hostArch()}: it takes C, and there is no ${cross}`,
    `install ${cross}, or download it: HARDWAY_SOURCE=download`,
  );
}

/** libseccomp's header and static library for `arch`. */
export async function ensureSeccomp(context: BuildContext, title: string, arch: Arch): Promise<void> {
  const library = `/usr/lib/${gnuNames[arch]}/libseccomp.a`;
  if ((await exists('/usr/include/seccomp.h')) && (await exists(library))) return;
  if (arch !== hostArch()) {
    throw new ToolchainError(
      `${title} for ${arch} cannot be built on ${hostArch()}: there is no ${library}`,
      `install libseccomp-dev:${arch}, or download it: HARDWAY_SOURCE=download`,
    );
  }
  await installPackages(context, ['libseccomp-dev'], `${title} needs libseccomp's development files`);
}

/** libpcap's header and library for `arch`. */
export async function ensurePcap(context: BuildContext, title: string, arch: Arch): Promise<void> {
  if ((await exists('/usr/include/pcap.h')) && (await exists(`/usr/lib/${gnuNames[arch]}/libpcap.so`))) return;
  if (arch !== hostArch()) {
    throw new ToolchainError(
      `${title} for ${arch} cannot be built on ${hostArch()}: there is no libpcap of that architecture`,
      `build it on a machine of that architecture, or choose a version that is downloaded`,
    );
  }
  await installPackages(context, ['libpcap-dev'], `${title} needs libpcap's development files`);
}
