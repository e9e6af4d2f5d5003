import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { withLock } from '../../../toolchain/cache/mutex.ts';
import { packagesDir } from '../../../toolchain/cache/paths.ts';
import { findCached, makePackage, packageDir } from '../../../toolchain/cache/store.ts';
import { samplePart, useEmptyCache } from '../support.ts';

const cache = useEmptyCache();
const pkg = samplePart(async () => undefined);
const make = (go: string) =>
  makePackage(pkg, 'build', go, async ({ outDir }) => {
    await writeFile(join(outDir, 'sample'), go);
    return undefined;
  });

it('finds what was built by this Go only, but without Go whatever there is', async () => {
  expect((await findCached(pkg, 'build', 'none')).finished).toBeUndefined();
  await make('go1.26.8');
  expect((await findCached(pkg, 'build', 'go1.26.8')).finished).toBeDefined();
  expect((await findCached(pkg, 'build', 'go1.27.0')).finished).toBeUndefined();
  expect((await findCached(pkg, 'build', 'none')).finished?.dir).toBe(packageDir(pkg, 'build', 'go1.26.8'));
  expect(
    (
      await findCached(
        samplePart(async () => undefined, 2),
        'build',
        'none',
      )
    ).finished,
  ).toBeUndefined();
});

it('finds without Go what was made without Go', async () => {
  await make('none');
  expect((await findCached(pkg, 'build', 'none')).finished?.dir).toBe(packageDir(pkg, 'build', 'none'));
});

it('does not take what a killed run left for a part, and clears it away', async () => {
  const dir = packageDir(pkg, 'build', 'go1.26.8');
  for (const leftover of [`${dir}.out`, `${dir}.work`]) {
    await mkdir(leftover, { recursive: true });
    await writeFile(join(leftover, 'sample'), 'half');
  }
  for (const go of ['go1.26.8', 'none']) expect(await findCached(pkg, 'build', go)).toEqual({});
  await make('go1.26.8');
  expect(await readdir(join(packagesDir(), 'sample'))).toEqual([dir.split('/').at(-1)]);
});

it('lets one at a time through a lock, and tells who is waited for', async () => {
  const path = join(cache.path(), 'locks', 'test.lock');
  const waits: number[] = [];
  let inside = 0;
  const work = async () => {
    expect(++inside).toBe(1);
    // The first one stays inside until the others wait.
    for (let tries = 0; waits.length < 2 && tries < 1000; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(path, (pid) => waits.push(pid), work)));
  expect(new Set(waits)).toEqual(new Set([process.pid]));
  expect(await readdir(join(cache.path(), 'locks'))).toEqual([]);
});
