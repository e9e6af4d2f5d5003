import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './paths.ts';

const file = () => join(cacheDir(), 'checksums.json');

/** SHA-256 by address of what was downloaded here without a pin, and verified against what its publisher says. */
export async function learnedChecksums(): Promise<Readonly<Record<string, string>>> {
  return await readFile(file(), 'utf8').then(
    (text) => JSON.parse(text) as Record<string, string>,
    () => ({}),
  );
}

let last = Promise.resolve();

/** Keeps the sum of a downloaded file, so that `make lock` can pin it without downloading the file again. */
export async function recordChecksum(url: string, sha256: string): Promise<void> {
  // One after the other: several downloads end at once.
  last = last.then(async () => {
    const all = { ...(await learnedChecksums()), [url]: sha256 };
    const path = file();
    await mkdir(cacheDir(), { recursive: true });
    await writeFile(`${path}.new-${process.pid}`, `${JSON.stringify(all, null, 2)}\n`);
    await rename(`${path}.new-${process.pid}`, path);
  });
  await last;
}
