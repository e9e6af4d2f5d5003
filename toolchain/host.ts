import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { binDir } from './cache/paths.ts';

/** An architecture as Go and the publishers name it. */
export type Arch = 'amd64' | 'arm64';

/** This machine's architecture. Throws on anything but amd64 and arm64. */
export function hostArch(): Arch {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new Error(`hardway runs on amd64 and arm64, this machine is ${process.arch}`);
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
