import { writeFile } from 'node:fs/promises';
import { type Lock, parseLock, type Tool } from '../artifacts/lock.ts';
import { groups, lockedVersions, publishedArtifacts } from '../artifacts/publishers.ts';
import { publishedTools } from '../artifacts/tools.ts';
import { UserError } from '../lib/user-error.ts';
import type { Artifact } from './artifacts.ts';
import { learnedChecksums } from './cache/learned.ts';
import { expectedSum, type RemoteFile } from './download/sums.ts';

import type { Arch } from './host.ts';

const architectures: Arch[] = ['amd64', 'arm64'];

type Pin = Pick<Artifact, 'sha256' | 'pinnedFrom'>;

/** The pins that are known, for the same file at the same address only. */
function pinsOf(known: readonly (Pin & { id: string; url: string })[]): (entry: { id: string; url: string }) => Pin {
  const pins = new Map(known.map(({ id, url, ...pin }) => [`${id} ${url}`, pin]));
  return ({ id, url }) => {
    const { sha256 = null, pinnedFrom } = pins.get(`${id} ${url}`) ?? {};
    return { sha256, ...(sha256 && pinnedFrom ? { pinnedFrom } : {}) };
  };
}

/** Every artifact of the given versions, with the sums that `known` has for the same address. */
export function renderLock(versions: Record<string, readonly string[]>, known: readonly Artifact[]): Artifact[] {
  const pin = pinsOf(known);
  return groups.flatMap((group) =>
    (versions[group] ?? []).flatMap((version) =>
      architectures.flatMap((arch) =>
        publishedArtifacts(group, version, arch).map((artifact) => ({ ...artifact, ...pin(artifact) })),
      ),
    ),
  );
}

/** Every tool, with the sums that `known` has for the same address. */
export function renderTools(known: readonly Tool[]): Tool[] {
  const pin = pinsOf(known);
  return publishedTools().map(({ alternatives: _, ...tool }) => ({ ...tool, ...pin(tool) }));
}

function addOnce(versions: Record<string, string[]>, group: string, version: string): void {
  const list = versions[group] ?? [];
  if (!list.includes(version)) versions[group] = [...list, version];
}

/** The versions that a lock holds, by group, in its order. */
export function versionsOf(lock: readonly Artifact[]): Record<string, string[]> {
  const versions: Record<string, string[]> = {};
  for (const { group, version } of lock) {
    addOnce(versions, group, version);
  }
  return versions;
}

/**
 * Adds `group=version` pairs to the versions of a lock.
 *
 * @throws UserError on an unknown group or a malformed pair
 */
export function addVersions(versions: Record<string, string[]>, pairs: readonly string[]): Record<string, string[]> {
  const result = structuredClone(versions);
  for (const pair of pairs) {
    const match = /^([a-z-]+)=v?(\d+(?:\.\d+)*)$/.exec(pair);
    const [, group = '', version = ''] = match ?? [];
    if (!match || !groups.includes(group)) {
      throw new UserError(`"${pair}" is not <group>=<version>; the lock was not changed`, {
        fix: `name one of the groups ${groups.join(', ')}, e.g. make lock ADD=etcd=3.7.4`,
      });
    }
    addOnce(result, group, version);
  }
  return result;
}

/** Files whose sums are asked for at once. */
const atOnce = 8;

/**
 * Fills in the sums that are unknown: SHA-256 from the publishers' lists, from GitHub's records of releases, and of what
 * was downloaded and verified here before.
 *
 * @returns what has no sum still, and why
 */
export async function fillChecksums(
  entries: readonly (Pin & RemoteFile & { id: string; kind?: string })[],
): Promise<string[]> {
  const learned = await learnedChecksums();
  const failures: string[] = [];
  const unknown = entries.filter(({ sha256, kind }) => !sha256 && kind !== 'image');
  const fill = async (entry: (typeof unknown)[number]) => {
    try {
      const found = await expectedSum(entry);
      const { algorithm, sum, url } = found;
      const sha256 = algorithm === 'sha256' ? sum : learned[entry.url];
      if (!sha256)
        throw new Error(`its publisher lists SHA-1 alone (${url}); "make tools" downloads it and learns its SHA-256`);
      entry.sha256 = sha256;
      entry.pinnedFrom = algorithm === 'sha256' ? `${url}` : `download checked against the SHA-1 of ${url}`;
    } catch (error) {
      failures.push(`${entry.id}: ${reasonLine(error)}`);
    }
  };
  for (let at = 0; at < unknown.length; at += atOnce) await Promise.all(unknown.slice(at, at + atOnce).map(fill));
  return failures.sort();
}

/** One line of an error: every reason that was found, once. */
function reasonLine(error: unknown): string {
  const lines = (error as Error).message.split('\n').map((line) => line.trim());
  const tried = lines.filter((line) => line.startsWith('- '));
  // Without the addresses that were asked: the same reason of many files is then one reason.
  const reasons = tried.map((line) => line.replace(/^- .*?https?:\/\/\S+: /, ''));
  return [...new Set(reasons)].join('; ') || (lines[0] ?? '');
}

/** The lock's text: keys always in the order of the schema. */
export function formatLock(lock: Lock): string {
  const { artifacts, tools } = parseLock(lock);
  return `${JSON.stringify({ artifacts, tools }, null, 2)}\n`;
}

/** Rewrites a lock: all default versions, those it already has, those that are added; sums where they are known. */
export async function updateLock(
  path: string,
  before: Lock,
  add: readonly string[],
): Promise<{ lock: Lock; failures: string[] }> {
  const defaults = Object.entries(lockedVersions).flatMap(([group, list]) =>
    list.map((version) => `${group}=${version}`),
  );
  const versions = addVersions({}, defaults);
  for (const [group, list] of Object.entries(versionsOf(before.artifacts))) {
    for (const version of list) addOnce(versions, group, version);
  }
  const artifacts = renderLock(addVersions(versions, add), before.artifacts);
  const tools = renderTools(before.tools);
  const elsewhere = new Map(publishedTools().map(({ id, alternatives }) => [id, alternatives ?? []]));
  const wanted = tools.map((tool) => ({ ...tool, alternatives: elsewhere.get(tool.id) ?? [] }));
  const failures = [...(await fillChecksums(artifacts)), ...(await fillChecksums(wanted))];
  const lock = { artifacts, tools: wanted.map(({ alternatives: _, ...tool }) => tool) };
  await writeFile(path, formatLock(lock));
  return { lock, failures };
}
