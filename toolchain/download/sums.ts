import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { ToolchainError } from '../error.ts';
import { findChecksums, type ListedSums } from './checksums.ts';
import { fixFor, RequestFailure, requestFailure } from './failure.ts';
import { sendStrict, withRetries } from './http.ts';

/** One address of a file, and where the same origin lists its sum. */
export interface Origin {
  /** The publisher's address, before any rewriting. */
  url: string;
  /** The publisher's own list of sums. */
  checksumUrl?: string;
}

/** One file at a publisher, and how to know that it is the right one. */
export interface RemoteFile extends Origin {
  /** The pinned SHA-256; null when only the publisher knows it. */
  sha256: string | null;
  /** Where else the publisher has the same bytes, in the order in which they are tried. */
  alternatives?: readonly Origin[];
}

/** Every origin of a file, the first choice first. */
export function originsOf({ url, checksumUrl, alternatives = [] }: RemoteFile): Origin[] {
  return [{ url, ...(checksumUrl ? { checksumUrl } : {}) }, ...alternatives];
}

/** The sum that a file must have, and who says so. */
export interface ExpectedSum {
  algorithm: 'sha256' | 'sha1';
  sum: string;
  /** The lock, the publisher's list, or GitHub's record of the release. */
  from: 'lock' | 'list' | 'release';
  /** Where it was read; undefined for the lock. */
  url?: string;
}

type Say = (line: string) => void;

/** A small text at a publisher's own address: lists of sums never come from a mirror. */
export async function fetchText(url: string, say?: Say, headers: Record<string, string> = {}): Promise<string> {
  return await withRetries(
    url,
    async () => {
      const { body, url: answered } = await sendStrict(url, { headers });
      return await text(body).catch((error: unknown) => {
        throw requestFailure(error, answered);
      });
    },
    say,
  );
}

const asset = /^https:\/\/github\.com\/([^/]+)\/([^/]+)\/releases\/download\/([^/]+)\/([^/]+)$/;
const releases = new Map<string, Promise<Record<string, string>>>();

async function readRelease(api: string, say: Say, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const headers: Record<string, string> = { accept: 'application/vnd.github+json' };
  if (env.GITHUB_TOKEN) headers.authorization = `Bearer ${env.GITHUB_TOKEN}`;
  // A token raises the limit of 60 requests an hour; it goes to this host alone and is never shown.
  const answer = await fetchText(api, say, headers);
  const { assets } = JSON.parse(answer) as { assets?: { name?: unknown; digest?: unknown }[] };
  const pairs = (assets ?? []).flatMap(({ name, digest }) => {
    const sum = typeof digest === 'string' ? /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1] : undefined;
    return typeof name === 'string' && sum ? [[name, sum] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** The SHA-256 that GitHub's API records of a release's asset; undefined for other addresses and older releases. */
async function releaseDigest(url: string, say: Say): Promise<{ sum: string; api: string } | undefined> {
  const [, owner, repository, tag, name] = asset.exec(url) ?? [];
  if (!owner || !name) return undefined;
  const api = `https://api.github.com/repos/${owner}/${repository}/releases/tags/${tag}`;
  // Once a run: one release may have several files, and the number of requests is limited.
  const known = releases.get(api) ?? readRelease(api, say, process.env);
  releases.set(api, known);
  const sum = (
    await known.catch((error: unknown) => {
      releases.delete(api);
      throw error;
    })
  )[name];
  return sum ? { sum, api } : undefined;
}

/** What was tried for a sum and failed, for the message. */
class Attempts {
  readonly lines: string[] = [];
  readonly failures: RequestFailure[] = [];

  async of<T>(url: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.lines.push(`${url}: ${(error as Error).message}`);
      if (error instanceof RequestFailure) this.failures.push(error);
      return undefined;
    }
  }
}

/**
 * The sum that a file must have: pinned in the lock, else from the publisher's SHA-256 list, else from GitHub's record
 * of the release, else from a SHA-1 list. All but the first are read over TLS from the publisher itself.
 *
 * @throws ToolchainError where none is known, with everything that was tried
 */
export async function expectedSum(file: RemoteFile, say: Say = () => undefined): Promise<ExpectedSum> {
  if (file.sha256) return { algorithm: 'sha256', sum: file.sha256, from: 'lock' };
  const attempts = new Attempts();
  const weak: { sum: string; url: string }[] = [];
  for (const { url, checksumUrl } of originsOf(file)) {
    if (!checksumUrl) continue;
    const list = await attempts.of(checksumUrl, () => fetchText(checksumUrl, say));
    if (list === undefined) continue;
    const sums: ListedSums = findChecksums(list, basename(new URL(url).pathname));
    if (sums.sha256) return { algorithm: 'sha256', sum: sums.sha256, from: 'list', url: checksumUrl };
    if (sums.sha1) weak.push({ sum: sums.sha1, url: checksumUrl });
    else attempts.lines.push(`${checksumUrl}: does not list ${basename(new URL(url).pathname)}`);
  }
  for (const { url } of originsOf(file)) {
    const found = await attempts.of(`GitHub's record of the release of ${url}`, () => releaseDigest(url, say));
    if (found) return { algorithm: 'sha256', sum: found.sum, from: 'release', url: found.api };
  }
  const [first] = weak;
  if (first) return { algorithm: 'sha1', sum: first.sum, from: 'list', url: first.url };
  const tried = attempts.lines.map((line) => `\n  - ${line}`).join('');
  const way = attempts.failures.length > 0 ? `${fixFor(attempts.failures)}; or ` : '';
  throw new ToolchainError(
    `no checksum is known for ${file.url}: none is pinned in artifacts/artifacts.lock.json, and ${
      tried ? `none could be read:${tried}` : 'its publisher lists none'
    }`,
    `${way}pin its SHA-256 in the lock ("make lock" where the publisher answers), or build it: HARDWAY_SOURCE=build`,
  );
}

/** One line about a sum that no one has pinned, or undefined for a pinned one. */
export function describeSum(title: string, { algorithm, from, url }: ExpectedSum): string | undefined {
  if (from === 'lock') return undefined;
  const { host } = new URL(url ?? '');
  const whose = from === 'list' ? `the publisher's list at ${host}` : `the release's record at ${host}`;
  const weak = algorithm === 'sha1' ? ' (SHA-1, all that it lists)' : '';
  return `${title}: no checksum is pinned, checked against ${whose}${weak}; "make lock" pins it`;
}
