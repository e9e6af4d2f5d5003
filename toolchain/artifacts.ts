import { join } from 'node:path';
import { type Artifact, parseLock as parseJson, readCommittedLock } from '../artifacts/lock.ts';
import { imagesDir, lockPath, mirrorDir } from './cache/paths.ts';
import { ToolchainError } from './error.ts';
import { hostArch } from './host.ts';

export type { Artifact } from '../artifacts/lock.ts';

/** Parses the lock's text. Throws a message that names the entry and the rule. */
export function parseLock(text: string): Artifact[] {
  return [...parseJson(JSON.parse(text), 'artifacts/artifacts.lock.json').artifacts];
}

/** Reads the artifacts of the committed lock. */
export async function readLock(path = lockPath()): Promise<Artifact[]> {
  return [...readCommittedLock(path).artifacts];
}

/**
 * The artifacts of the given ids, in that order. An image may also be given by its reference, which names the one for
 * this machine's architecture. Throws with the nearest known ids where one is not in the lock.
 */
export function selectArtifacts(lock: readonly Artifact[], ids: readonly string[]): Artifact[] {
  const images = lock.filter((artifact) => artifact.kind === 'image' && artifact.arch === hostArch());
  const byId = new Map([
    ...images.map((artifact) => [artifact.url, artifact] as const),
    ...lock.map((artifact) => [artifact.id, artifact] as const),
  ]);
  return ids.map((id) => {
    const artifact = byId.get(id);
    if (artifact) return artifact;
    const stem = id.split('@')[0];
    const near = lock.filter((known) => known.id.split('@')[0] === stem).map((known) => known.id);
    throw new ToolchainError(
      `artifacts/artifacts.lock.json has no artifact "${id}"${near.length ? ` (it has ${near.join(', ')})` : ''}`,
      'choose a version in the lock, or add it: make lock ADD=<group>=<version>',
    );
  });
}

/** Where an artifact's bytes lie for the mirror: the publisher's path, or the image's name and tag. */
export function mirrorPath(artifact: Artifact): string {
  if (artifact.kind === 'file') {
    const url = new URL(artifact.url);
    return join(mirrorDir(), url.host, url.pathname);
  }
  const { registry, repository, tag } = parseImage(artifact.url);
  return join(imagesDir(), registry, `${repository}_${tag}.tar`);
}

/** Splits `registry/repository:tag`. */
export function parseImage(reference: string): { registry: string; repository: string; tag: string } {
  const match = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference);
  if (!match?.[1] || !match[2] || !match[3]) throw new Error(`"${reference}" is not registry/repository:tag`);
  return { registry: match[1], repository: match[2], tag: match[3] };
}
