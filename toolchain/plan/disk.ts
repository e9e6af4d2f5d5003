import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../../lib/user-error.ts';
import { cacheDir } from '../cache/paths.ts';

import type { Step } from './plan.ts';

const gib = 1024 ** 3;

/** Bytes that the steps may take at their peak, module and build caches included. Generous: running full costs more. */
export function neededBytes(steps: readonly Step[]): number {
  const built = steps.filter((step) => step.source === 'build').length;
  const caches = built === 0 ? 0 : Math.min(2 * gib + built * gib, 16 * gib);
  return caches + steps.length * 0.3 * gib;
}

/** Throws where the cache's file system has less room than the steps may take. */
export async function requireSpace(steps: readonly Step[]): Promise<void> {
  const dir = cacheDir();
  await mkdir(dir, { recursive: true });
  const { bavail, bsize } = await statfs(dir);
  const have = bavail * bsize;
  const need = neededBytes(steps);
  if (have >= need) return;
  const format = (bytes: number) => `${(bytes / gib).toFixed(1)} GiB`;
  throw new UserError(`${dir} has ${format(have)} free, and making ${steps.length} parts takes up to ${format(need)}`, {
    fix: 'free some space, or put the cache on another disk: HARDWAY_CACHE=/path',
  });
}

/** Drops Go's module and build caches, which reach 30 GB and are not needed once every binary stands. */
export async function dropGoCaches(): Promise<void> {
  if (process.env.HARDWAY_KEEP_CACHES === '1') return;
  const root = join(cacheDir(), 'go');
  const env = { GOMODCACHE: join(root, 'mod'), GOFLAGS: '-modcacherw', PATH: `${process.env.PATH}:/usr/local/go/bin` };
  // Module folders may be read-only, which only Go itself undoes for every user.
  await execa('go', ['clean', '-modcache'], { env, reject: false });
  await rm(root, { recursive: true, force: true }).catch(() => undefined);
}
