import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToolchainError } from '../error.ts';
import { effectiveUrl } from '../plan/sources.ts';
import { findChecksum } from './checksums.ts';
import { httpGet } from './http.ts';

const attempts = 4;

/** One file at a publisher, and how to know that it is the right one. */
export interface RemoteFile {
  /** The publisher's address, before any rewriting. */
  url: string;
  /** The pinned sum; null when it is only known to the publisher. */
  sha256: string | null;
  /** The publisher's own list of sums, used when none is pinned. */
  checksumUrl?: string;
}

/** sha256 of a file, as hex. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** A small text at a publisher's address. */
export async function fetchText(url: string): Promise<string> {
  const { status, body } = await httpGet(effectiveUrl(url));
  if (status !== 200) {
    body.resume();
    throw new Error(`${url} answered ${status}`);
  }
  return await text(body);
}

/** The sum that a file must have: pinned, or read from the publisher's checksum file over TLS. */
export async function expectedChecksum(file: RemoteFile): Promise<string> {
  if (file.sha256) return file.sha256;
  const unknown = (why: string) =>
    new ToolchainError(
      `no checksum is known for ${file.url}: ${why}`,
      'put its sha256 into artifacts/artifacts.lock.json, or build it: HARDWAY_SOURCE=build',
    );
  if (!file.checksumUrl) throw unknown('none is pinned and its publisher lists none');
  const list = await fetchText(file.checksumUrl).catch((error: Error) => {
    throw unknown(error.message);
  });
  const sum = findChecksum(list, basename(new URL(file.url).pathname));
  if (!sum) throw unknown(`${file.checksumUrl} does not list it`);
  return sum;
}

class NotRetried extends Error {}

/** Appends what is missing of `url` to the open file. Throws when the transfer ends before the announced length. */
async function transferInto(sink: FileHandle, url: string): Promise<void> {
  const have = (await sink.stat()).size;
  const { status, body } = await httpGet(url, have ? { range: `bytes=${have}-` } : {});
  if (status === 416) {
    // Nothing after what we have: complete, or not ours. The checksum tells.
    body.resume();
    return;
  }
  if (status !== 200 && status !== 206) {
    body.resume();
    const lasting = status >= 400 && status < 500 && status !== 408 && status !== 429;
    throw lasting ? new NotRetried(`answered ${status}`) : new Error(`answered ${status}`);
  }
  const start = status === 206 ? have : 0;
  if (start < have) await sink.truncate(0);
  // Chunk by chunk, so that what arrived before a failure is on the disk for the next attempt.
  for await (const chunk of body) await sink.appendFile(chunk);
  const announced = body.headers['content-length'];
  const size = (await sink.stat()).size;
  const expected = announced === undefined ? size : Number(announced) + start;
  if (size < expected) throw new Error(`ended after ${size} of ${expected} bytes`);
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

/**
 * Downloads a file to `target`, which exists only once its checksum is right. An interrupted transfer leaves
 * `<target>.partial`, from which the next one goes on.
 * @returns the file's sha256
 */
export async function download(file: RemoteFile, target: string, log: (line: string) => void): Promise<string> {
  const url = effectiveUrl(file.url);
  const expected = await expectedChecksum(file);
  const partial = `${target}.partial`;
  for (let attempt = 1; ; attempt++) {
    try {
      log(`${url} (attempt ${attempt})`);
      await transfer(url, partial);
      break;
    } catch (error) {
      const reason = (error as Error).cause ?? (error as Error).message;
      log(`${url}: ${String(reason)}`);
      if (error instanceof NotRetried || attempt === attempts) {
        throw new ToolchainError(
          `cannot download ${url}: ${String(reason)}`,
          'run the same command again (it goes on where it stopped), or build it: HARDWAY_SOURCE=build',
        );
      }
      await sleep(200 * 2 ** attempt);
    }
  }
  const actual = await sha256File(partial);
  if (actual !== expected) {
    // Kept bytes would fail again on every resume.
    await rm(partial, { force: true });
    throw new ToolchainError(
      `${url} has the wrong checksum\n  expected sha256 ${expected}\n  received sha256 ${actual}`,
      'run the same command again; if the sums stay different, the file at the publisher or mirror was changed: ' +
        'do not use it before you know why, or build it: HARDWAY_SOURCE=build',
    );
  }
  await rename(partial, target);
  return actual;
}
