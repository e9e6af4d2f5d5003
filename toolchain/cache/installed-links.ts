import { mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Package } from '../plan/package.ts';

/**
 * Makes the cache's `bin` name the machine's own programs, so that one folder on PATH always has everything. A link of
 * ours that would hide a plugin where the engine looks by itself is removed.
 */
export async function linkInstalled(pkg: Package, programs: readonly string[]): Promise<void> {
  for (const { path } of pkg.links) {
    const program = programs.find((candidate) => basename(candidate) === basename(path));
    const now = await readlink(path).catch(() => undefined);
    if (program && !pkg.foundUnlinked) {
      if (now === program) continue;
      await mkdir(dirname(path), { recursive: true });
      const fresh = `${path}.new-${process.pid}`;
      await rm(fresh, { force: true });
      await symlink(program, fresh);
      await rename(fresh, path);
    } else {
      await rm(path, { force: true });
    }
  }
}
