/**
 * What gets installed: a typed reading of the artifact lock, what a cluster needs of it, and where a mirror has it.
 * The sums of artifacts that were built here, in place of the publishers', lie over the lock's when they exist.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const artifactSchema = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1),
  group: z.string().min(1),
  version: z.string().min(1),
  arch: z.enum(['amd64', 'arm64']),
  kind: z.enum(['file', 'image']),
  url: z.string().min(1),
  /** Of a file, or the digest of an image's manifest or index; null where no public table has it. */
  sha256: sha256.nullable(),
  /** Which public table a sum was taken from. */
  pinnedFrom: z.string().optional(),
  checksumUrl: z.url().optional(),
  members: z.record(z.string(), z.string()).optional(),
});

const toolSchema = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1),
  version: z.string().min(1),
  os: z.enum(['linux', 'darwin']),
  arch: z.enum(['amd64', 'arm64']),
  url: z.url(),
  sha256: sha256.nullable(),
  pinnedFrom: z.string().optional(),
  checksumUrl: z.url(),
});

const lockSchema = z.strictObject({ artifacts: z.array(artifactSchema), tools: z.array(toolSchema).default([]) });

const resolvedSchema = z.record(
  z.string(),
  z.object({
    sha256: sha256.optional(),
    source: z.enum(['download', 'build']).optional(),
    published: sha256.optional(),
  }),
);

/** The sums that this checkout knows beside the lock's, by lock id. */
export type ResolvedArtifacts = z.output<typeof resolvedSchema>;

/** One artifact: a file or an image of one version for one architecture. */
export interface Artifact extends z.output<typeof artifactSchema> {
  /** How this machine got it, when it did: from its publisher, or built here. The sum is then of that. */
  readonly source?: 'download' | 'build';
  /** The publisher's own sum, once this checkout knows sums beside the lock's; see {@link publishedSum}. */
  readonly published?: string | null;
}

/** One file that runs on the operator's computer. */
export type Tool = z.output<typeof toolSchema>;

/** The artifact lock. */
export interface Lock {
  readonly artifacts: readonly Artifact[];
  readonly tools: readonly Tool[];
}

const repository = join(import.meta.dirname, '..');
/** The committed lock; tests against a stand-in for the publishers name another one with `$HARDWAY_LOCK`. */
export const lockPath = process.env.HARDWAY_LOCK || join(repository, 'artifacts', 'artifacts.lock.json');
/** What this checkout knows beside the lock, by lock id: sums of what was provided here, and of publishers' lists. */
export const resolvedPath = join(repository, '.hardway', 'artifacts.json');

/** A lock out of parsed JSON. Throws an error that names the first faulty places; ids must be distinct. */
export function parseLock(json: unknown, where = 'the artifact lock'): Lock {
  const parsed = lockSchema.safeParse(json);
  if (!parsed.success) throw new Error(`${where} is not valid:\n${z.prettifyError(parsed.error)}`);
  const ids = new Set<string>();
  for (const { id } of [...parsed.data.artifacts, ...parsed.data.tools]) {
    if (ids.has(id)) throw new Error(`${where} lists ${id} twice`);
    ids.add(id);
  }
  return parsed.data;
}

/** The record of resolved artifacts out of parsed JSON. Throws an error that names the first faulty places. */
export function parseResolved(json: unknown, where = 'the list of resolved artifacts'): ResolvedArtifacts {
  const parsed = resolvedSchema.safeParse(json);
  if (!parsed.success) throw new Error(`${where} is not valid:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Lays the sums of what was really resolved over a lock's. Resolved ids that the lock does not know are passed over. */
export function overlay(lock: Lock, resolved: unknown, where?: string): Lock {
  const known = parseResolved(resolved, where);
  return {
    ...lock,
    artifacts: lock.artifacts.map((artifact): Artifact => {
      const own = known[artifact.id];
      if (own === undefined) return artifact;
      // A file that was downloaded was checked, so its sum is its publisher's. An image's is that of its archive here.
      const downloaded = artifact.kind === 'file' && own.source === 'download' ? own.sha256 : undefined;
      return {
        ...artifact,
        sha256: own.sha256 ?? artifact.sha256,
        ...(own.source ? { source: own.source } : {}),
        published: artifact.sha256 ?? own.published ?? downloaded ?? null,
      };
    }),
  };
}

/**
 * The sum of what an artifact's publisher serves, whatever was built here; null where it is not known. Of an image, the
 * digest.
 */
export function publishedSum({ sha256, published }: Artifact): string | null {
  return published === undefined ? sha256 : published;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Reads the lock as it is committed. */
export function readCommittedLock(lockFile = lockPath): Lock {
  return parseLock(readJson(lockFile), lockFile);
}

/** Reads the lock, with the sums of what was provided over it when that list exists. */
export function readLock(lockFile = lockPath, providedFile = resolvedPath): Lock {
  const lock = readCommittedLock(lockFile);
  return existsSync(providedFile) ? overlay(lock, readJson(providedFile), providedFile) : lock;
}

/** The artifact of a name, version and architecture. Throws an error that lists the known versions. */
export function artifact(lock: Lock, name: string, version: string, arch: string): Artifact {
  const found = lock.artifacts.find((each) => each.name === name && each.version === version && each.arch === arch);
  if (found !== undefined) return found;
  const known = lock.artifacts.filter((each) => each.name === name).map((each) => `${each.version} for ${each.arch}`);
  throw new Error(
    `the artifact lock has no ${name} ${version} for ${arch}; it has ${known.join(', ') || 'none of that name'}`,
  );
}

/** The versions of an artifact that a lock has, for one architecture or for any, in the lock's order. */
export function knownVersions(lock: Lock, name: string, arch?: string): string[] {
  const matching = lock.artifacts.filter((each) => each.name === name && (arch === undefined || each.arch === arch));
  return [...new Set(matching.map((each) => each.version))];
}

/** The architectures that a lock knows. */
export function knownArchitectures(lock: Lock): string[] {
  return [...new Set(lock.artifacts.map((each) => each.arch))];
}

/** Where a mirror has what a publisher has: `<mirror>/<publisher's host>/<path>`. No mirror leaves the URL as it is. */
export function mirrorUrl(mirror: string, url: string): string {
  if (mirror === '') return url;
  const { host, pathname, search } = new URL(url);
  return `${mirror.replace(/\/+$/, '')}/${host}${pathname}${search}`;
}
