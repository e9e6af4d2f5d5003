import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findChecksums } from '../../../toolchain/download/checksums.ts';
import { download, type RemoteFile } from '../../../toolchain/download/fetch.ts';
import { type StandIn, sha256, startStandIn, useEmptyCache } from '../support.ts';

const cache = useEmptyCache();
const content = Buffer.from('0123456789'.repeat(1000));
const url = 'https://publisher.example/v1/tool';
let standIn: StandIn;

beforeEach(async () => {
  standIn = await startStandIn();
  standIn.files.set('publisher.example/v1/tool', content);
  process.env.HARDWAY_DOWNLOAD_BASE = standIn.base;
});
afterEach(() => standIn.close());

const fetchTo = async (file: RemoteFile) => (await download(file, join(cache.path(), 'tool'))).sha256;
const target = () => join(cache.path(), 'tool');
const absent = async (path: string) =>
  await stat(path).then(
    () => false,
    () => true,
  );

describe('a download', () => {
  it('comes from the stand-in with the right sum', async () => {
    expect(await fetchTo({ url, sha256: sha256(content) })).toBe(sha256(content));
    expect(await readFile(target())).toEqual(content);
    expect(standIn.requests).toEqual(['GET publisher.example/v1/tool']);
  });

  it('never takes an unpinned sum from the mirror that has the file', async () => {
    standIn.files.set('publisher.invalid/v1/SUMS', Buffer.from(`${sha256(content)}  tool\n`));
    const file = { url, sha256: null, checksumUrl: 'https://publisher.invalid/v1/SUMS' };
    await expect(fetchTo(file)).rejects.toThrow(/no checksum is known.*publisher\.invalid/s);
    expect(standIn.requests).toEqual([]);
  });

  it('is refused without any sum', async () => {
    await expect(fetchTo({ url, sha256: null })).rejects.toThrow(/no checksum is known for .*HARDWAY_SOURCE=build/s);
    expect(standIn.requests).toEqual([]);
  });

  it('stops at a wrong sum, naming the file, both sums and the next step', async () => {
    const wrong = 'a'.repeat(64);
    const failure = fetchTo({ url, sha256: wrong });
    await expect(failure).rejects.toThrow(
      new RegExp(`publisher.example/v1/tool .*expected sha256 ${wrong}.*received sha256 ${sha256(content)}.*Fix:`, 's'),
    );
    expect(await absent(target())).toBe(true);
    expect(await absent(`${target()}.partial`)).toBe(true);
  });

  it('goes on where a transfer was cut off', async () => {
    standIn.cutOnce.set('publisher.example/v1/tool', 4000);
    await fetchTo({ url, sha256: sha256(content) });
    expect(await readFile(target())).toEqual(content);
    expect(standIn.requests.at(-1)).toMatch(/^GET publisher.example\/v1\/tool bytes=\d+-$/);
  });

  it('goes on from what an interrupted run left', async () => {
    await writeFile(`${target()}.partial`, content.subarray(0, 1234));
    await fetchTo({ url, sha256: sha256(content) });
    expect(await readFile(target())).toEqual(content);
    expect(standIn.requests).toEqual(['GET publisher.example/v1/tool bytes=1234-']);
  });

  it('is not retried when the publisher does not have it', async () => {
    const failure = fetchTo({ url: 'https://publisher.example/v1/none', sha256: sha256(content) });
    await expect(failure).rejects.toThrow(/cannot download none.*answered 404/s);
    expect(standIn.requests).toHaveLength(1);
  });
});

describe('findChecksum', () => {
  const sum = 'AB'.repeat(32);
  it.each([
    ['a lone sum', `${sum}\n`],
    ['sha256sum', `${'0'.repeat(64)}  other\n${sum}  tool\n`],
    ['sha256sum in binary mode with a folder', `${sum} *out/tool\n`],
    ['BSD', `SHA256 (tool) = ${sum}\n`],
  ])('reads %s', (_, text) => {
    expect(findChecksums(text, 'tool').sha256).toBe(sum.toLowerCase());
  });

  it('does not take the sum of another file', () => {
    expect(findChecksums(`${sum}  tool.sig\n`, 'tool')).toEqual({});
    expect(findChecksums('<html>not found</html>', 'tool')).toEqual({});
  });
});
