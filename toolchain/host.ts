import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { binDir } from './cache/paths.ts';
import { ToolchainError } from './error.ts';

/** An architecture as Go and the publishers name it. */
export type Arch = 'amd64' | 'arm64';

/** An operating system as Go and the publishers name it. */
export type Os = 'linux' | 'darwin';

/** This machine's architecture. Throws on anything but amd64 and arm64. */
export function hostArch(): Arch {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new Error(`hardway runs on amd64 and arm64, this machine is ${process.arch}`);
}

/**
 * This computer's operating system.
 *
 * @throws ToolchainError on anything but Linux and macOS
 */
export function hostOs(platform: string = process.platform): Os {
  if (platform === 'linux' || platform === 'darwin') return platform;
  throw new ToolchainError(
    `hardway runs on Linux and macOS, this computer runs ${platform}`,
    'on Windows, use a Linux distribution in WSL 2',
  );
}

/** Whether this process may install packages and start services. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Full path of a program on PATH, or undefined. The cache's own `bin` does not count as installed. */
export async function findOnPath(name: string, path = process.env.PATH ?? ''): Promise<string | undefined> {
  const own = binDir();
  for (const dir of path.split(delimiter)) {
    if (!dir || dir === own) continue;
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
