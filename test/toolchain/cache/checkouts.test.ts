import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { recordUse, usedByOthers } from '../../../toolchain/cache/checkouts.ts';
import { checkoutsDir, packagesDir } from '../../../toolchain/cache/paths.ts';
import { ensurePackages } from '../../../toolchain/ensure.ts';
import { samplePart, useEmptyCache } from '../support.ts';

const cache = useEmptyCache();
const writes = (text: string, recipe: number) =>
  samplePart(async ({ outDir }) => await writeFile(join(outDir, 'sample'), text), recipe);
const keys = async () => (await readdir(join(packagesDir(), 'sample'))).filter((name) => name.startsWith('build-'));

describe('a part that two checkouts use', () => {
  it('stays for the one when the other makes it by another recipe, and goes once the checkout is gone', async () => {
    const other = await mkdtemp(join(cache.path(), 'checkout-'));
    const options = { onProgress: () => undefined };
    const first = (await ensurePackages([writes('one', 1)], options)).get('sample');
    await recordUse({ sample: first?.dir ?? '' }, other);
    await ensurePackages([writes('two', 2)], options);
    expect(await keys()).toHaveLength(2);
    await rm(other, { recursive: true });
    await ensurePackages([writes('three', 3)], options);
    expect(await keys()).toHaveLength(1);
    expect(await readdir(checkoutsDir())).toHaveLength(1);
  });

  it('is not kept by its own checkout, whose other keys are what is removed', async () => {
    await recordUse({ sample: '/a' }, cache.path());
    expect(await usedByOthers('sample', cache.path())).toEqual([]);
    expect(await usedByOthers('sample')).toEqual(['/a']);
    await recordUse({ more: '/b' }, cache.path());
    expect(await usedByOthers('sample')).toEqual(['/a']);
  });

  it('is not lost to a record that was cut off', async () => {
    await mkdir(checkoutsDir(), { recursive: true });
    await writeFile(join(checkoutsDir(), 'broken.json'), '{"checkout":');
    expect(await usedByOthers('sample')).toEqual([]);
  });
});
