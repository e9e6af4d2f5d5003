import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { UserError } from '../lib/user-error.ts';
import { binDir, cacheDir } from './cache/paths.ts';

/** An architecture as Go and the publishers name it. */
export type Arch = 'amd64' | 'arm64';

/** An operating system as Go and the publishers name it. */
export type Os = 'linux' | 'darwin';

/** How people call an operating system. */
export const osNames: Readonly<Record<Os, string>> = { linux: 'Linux', darwin: 'macOS' };

/**
 * This computer's architecture.
 *
 * @throws UserError on anything but amd64 and arm64
 */
export function hostArch(architecture: string = process.arch): Arch {
  if (architecture === 'x64') return 'amd64';
  if (architecture === 'arm64') return 'arm64';
  throw new UserError(`hardway runs on amd64 and arm64, this computer is ${architecture}`, {
    fix: 'use a computer of one of these architectures',
  });
}

/**
 * This computer's operating system.
 *
 * @throws UserError on anything but Linux and macOS
 */
export function hostOs(platform: string = process.platform): Os {
  if (platform === 'linux' || platform === 'darwin') return platform;
  throw new UserError(`hardway runs on Linux and macOS, this computer runs ${platform}`, {
    fix: 'on Windows, use a Linux distribution in WSL 2',
  });
}

/**
 * Refuses what only Linux can do: what is made of its kernel's containers, or compiled against its libraries.
 *
 * @param what - the subject of the message, e.g. `a lab`
 * @param platform - this computer's, as Node names it
 * @throws UserError that points at a Linux computer
 */
export function requireLinux(what: string, platform: string = process.platform): void {
  const os = hostOs(platform);
  if (os === 'linux') return;
  throw new UserError(`${what} needs Linux, and this computer runs ${osNames[os]}; nothing was changed`, {
    fix:
      'run it on a Linux computer or in a virtual machine (Debian 12 or 13, Ubuntu 22.04 or 24.04, Fedora). From here: ' +
      'stacks with "hardway:machines: hosts" or "aws", and make preflight, preview, smoke, drift, test, doctor',
  });
}

/** Whether this process may install packages and start services. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** A checkout's own folder of links: what lies there was not installed by anybody. */
function isOwnBin(folder: string): boolean {
  // Another checkout's is on PATH where its .hardway/env was read; versions before this one kept theirs in the cache.
  return folder === binDir() || /\/\.hardway\/bin\/?$/.test(folder) || folder === join(cacheDir(), 'bin');
}

/** Full path of a program on PATH, or undefined. The `bin` of a checkout does not count as installed. */
export async function findOnPath(name: string, path = process.env.PATH ?? ''): Promise<string | undefined> {
  for (const dir of path.split(delimiter)) {
    if (!dir || isOwnBin(dir)) continue;
    const candidate = join(dir, name);
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}
