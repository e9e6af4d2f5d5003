import { writeFile } from 'node:fs/promises';
import { groups, lockedVersions, publishedArtifacts } from '../artifacts/publishers.ts';
import type { Artifact } from './artifacts.ts';
import { expectedChecksum } from './download/fetch.ts';
import type { Arch } from './host.ts';

const architectures: Arch[] = ['amd64', 'arm64'];

/** Every artifact of the given versions, with the sums that `known` has for the same address. */
export function renderLock(versions: Record<string, readonly string[]>, known: readonly Artifact[]): Artifact[] {
  const sums = new Map(known.map((artifact) => [`${artifact.id} ${artifact.url}`, artifact.sha256]));
  return groups.flatMap((group) =>
    (versions[group] ?? []).flatMap((version) =>
      architectures.flatMap((arch) =>
        publishedArtifacts(group, version, arch).map((artifact) => ({
          ...artifact,
          sha256: sums.get(`${artifact.id} ${artifact.url}`) ?? null,
        })),
      ),
    ),
  );
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

/** Adds `group=version` pairs to the versions of a lock. Throws on an unknown group or a malformed pair. */
export function addVersions(versions: Record<string, string[]>, pairs: readonly string[]): Record<string, string[]> {
  const result = structuredClone(versions);
  for (const pair of pairs) {
    const match = /^([a-z-]+)=v?(\d+(?:\.\d+)*)$/.exec(pair);
    const [, group = '', version = ''] = match ?? [];
    if (!match || !groups.includes(group)) {
      throw new Error(`"${pair}" is not <group>=<version>; groups are ${groups.join(', ')}`);
    }
    addOnce(result, group, version);
  }
  return result;
}

/** Fills in the sums that are unknown from the publishers' checksum files. @returns what could not be had, and why */
export async function fillChecksums(lock: Artifact[]): Promise<string[]> {
  const failures: string[] = [];
  for (const artifact of lock) {
    if (artifact.sha256 || !artifact.checksumUrl) continue;
    try {
      artifact.sha256 = await expectedChecksum(artifact);
    } catch (error) {
      failures.push(`${artifact.id}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  return failures;
}

/** The lock's text. */
export function formatLock(artifacts: readonly Artifact[]): string {
  return `${JSON.stringify({ artifacts }, null, 2)}\n`;
}

/** Rewrites a lock: all default versions, those it already has, those that are added; sums where they can be had. */
export async function updateLock(
  path: string,
  before: readonly Artifact[],
  add: readonly string[],
): Promise<{ artifacts: Artifact[]; failures: string[] }> {
  const defaults = Object.entries(lockedVersions).flatMap(([group, list]) =>
    list.map((version) => `${group}=${version}`),
  );
  const versions = addVersions({}, defaults);
  for (const [group, list] of Object.entries(versionsOf(before))) {
    for (const version of list) addOnce(versions, group, version);
  }
  const artifacts = renderLock(addVersions(versions, add), before);
  const failures = await fillChecksums(artifacts);
  await writeFile(path, formatLock(artifacts));
  return { artifacts, failures };
}
