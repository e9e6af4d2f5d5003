import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ToolchainError } from '../error.ts';
import { effectiveUrl } from '../plan/sources.ts';
import { fixFor, type RequestFailure, requestFailure } from './failure.ts';
import { discard, isLocal, sendStrict, withRetries } from './http.ts';
import { type ExpectedSum, expectedSum, originsOf, type RemoteFile } from './sums.ts';

export type { RemoteFile } from './sums.ts';

/** A sum of a file, as hex. */
export async function sumFile(path: string, algorithm: 'sha256' | 'sha1'): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** sha256 of a file, as hex. */
export const sha256File = (path: string): Promise<string> => sumFile(path, 'sha256');

/** Appends what is missing of `url` to the open file. Throws when the transfer ends before the announced length. */
async function transferInto(sink: FileHandle, url: string): Promise<void> {
  const have = (await sink.stat()).size;
  const options = have ? { headers: { range: `bytes=${have}-` } } : {};
  const { status, headers, body, url: answered } = await sendStrict(url, options, [416]);
  // Nothing after what we have: complete, or not ours. The checksum tells.
  if (status === 416) return discard(body);
  const start = status === 206 ? have : 0;
  if (start < have) await sink.truncate(0);
  try {
    // Chunk by chunk, so that what arrived before a failure is on the disk for the next attempt.
    for await (const chunk of body) await sink.appendFile(chunk);
  } catch (error) {
    throw isLocal(error) ? error : requestFailure(error, answered);
  }
  const announced = headers['content-length'];
  const size = (await sink.stat()).size;
  const expected = announced === undefined ? size : Number(announced) + start;
  if (size < expected) {
    const cut = Object.assign(new Error(`ended after ${size} of ${expected} bytes`), { code: 'ECONNRESET' });
    throw requestFailure(cut, answered);
  }
}

async function transfer(url: string, partial: string): Promise<void> {
  // Opened before the request: a body that nobody reads yet loses what it holds when the connection breaks.
  const sink = await open(partial, 'a');
  try {
    await transferInto(sink, url);
  } finally {
    await sink.close();
  }
}

/** Says that a disk is full or not writable in place of a bare code. */
export function diskError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ToolchainError(
      `no space left on the disk of ${dirname(path)}`,
      'free some space, or put the cache on another disk (HARDWAY_CACHE=/path), then run the same command again: it goes on where it stopped',
    );
  }
  if (code === 'EACCES' || code === 'EROFS') {
    return new ToolchainError(
      `${dirname(path)} cannot be written to (${code})`,
      'make it writable, or set HARDWAY_CACHE',
    );
  }
  return error;
}

/** What a caller may give to {@link download}. */
export interface DownloadOptions {
  /** Gets what belongs in the log of the file. */
  log?: (line: string) => void;
  /** Gets what a person should see at once: a wait, an unpinned sum. */
  say?: (line: string) => void;
}

async function transferFromAny(file: RemoteFile, partial: string, { log, say }: DownloadOptions): Promise<string> {
  const failures: RequestFailure[] = [];
  const tried: string[] = [];
  for (const origin of originsOf(file)) {
    const url = effectiveUrl(origin.url);
    let attempts = 0;
    try {
      await withRetries(
        url,
        async () => {
          attempts++;
          log?.(`${url} (attempt ${attempts})`);
          await transfer(url, partial);
        },
        (line) => {
          log?.(line);
          say?.(line);
        },
      );
      return url;
    } catch (error) {
      if (isLocal(error)) throw diskError(error, partial);
      const failure = requestFailure(error, url);
      log?.(`${url}: ${failure.message}`);
      failures.push(failure);
      tried.push(`\n  - ${url}: ${failure.message}${attempts > 1 ? ` (${attempts} tries)` : ''}`);
    }
  }
  throw new ToolchainError(
    `cannot download ${basename(new URL(file.url).pathname)}; nothing that arrived was lost:${tried.join('')}`,
    `${fixFor(failures)}; or build it from source: HARDWAY_SOURCE=build`,
  );
}

/** Whether a finished file has the sum. */
async function matches(path: string, { algorithm, sum }: ExpectedSum): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  return there !== undefined && (await sumFile(path, algorithm)) === sum;
}

/**
 * Downloads a file to `target`, which exists only once its checksum is right; a right one that is there already is
 * kept. An interrupted transfer leaves `<target>.partial`, from which the next one goes on.
 *
 * @returns the file's SHA-256, and the sum that it was checked against
 * @throws ToolchainError with every origin that was tried and why it failed, or with both sums where they differ
 */
export async function download(
  file: RemoteFile,
  target: string,
  options: DownloadOptions = {},
): Promise<{ sha256: string; expected: ExpectedSum }> {
  const expected = await expectedSum(file, options.say);
  if (await matches(target, expected)) return { sha256: await sha256File(target), expected };
  await rm(target, { force: true });
  const partial = `${target}.partial`;
  const resumed = (await stat(partial).catch(() => undefined)) !== undefined;
  let url = await transferFromAny(file, partial, options);
  let actual = await sumFile(partial, expected.algorithm);
  if (actual !== expected.sum && resumed) {
    // What an earlier run left may be of another file: one whole transfer decides.
    options.log?.(`${url}: what an earlier run left does not fit, fetching the whole file`);
    await rm(partial, { force: true });
    url = await transferFromAny(file, partial, options);
    actual = await sumFile(partial, expected.algorithm);
  }
  if (actual !== expected.sum) {
    // Kept bytes would fail again on every resume.
    await rm(partial, { force: true });
    const source = expected.url === undefined ? 'pinned in the lock' : `from ${expected.url}`;
    throw new ToolchainError(
      `${url} has the wrong checksum; nothing was kept\n  expected ${expected.algorithm} ${expected.sum} (${source})\n  received ${expected.algorithm} ${actual}`,
      'run the same command again; if the sums stay different, the file at the publisher or mirror was changed: ' +
        'do not use it before you know why, or build it from source: HARDWAY_SOURCE=build',
    );
  }
  await rename(partial, target);
  return { sha256: await sha256File(target), expected };
}
