import { mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Package } from '../plan/package.ts';

/**
 * Makes the checkout's `bin` name the computer's own programs, so that one folder on PATH always has everything, and
 * what was found is what the engine runs: it has a `PULUMI_HOME` of its own and does not look into `~/.pulumi`.
 */
export async function linkInstalled(pkg: Package, programs: readonly string[]): Promise<void> {
  for (const { path } of pkg.links) {
    const program = programs.find((candidate) => basename(candidate) === basename(path));
    if (!program) {
      await rm(path, { force: true });
      continue;
    }
    if ((await readlink(path).catch(() => undefined)) === program) continue;
    await mkdir(dirname(path), { recursive: true });
    const fresh = `${path}.new-${process.pid}`;
    await rm(fresh, { force: true });
    await symlink(program, fresh);
    await rename(fresh, path);
  }
}
