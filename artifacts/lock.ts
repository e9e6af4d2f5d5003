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
  arch: z.string().min(1),
  kind: z.enum(['file', 'image']),
  url: z.string().min(1),
  sha256: sha256.nullable(),
  checksumUrl: z.url().optional(),
  members: z.record(z.string(), z.string()).optional(),
});

const lockSchema = z.object({ artifacts: z.array(artifactSchema) });

const resolvedSchema = z.record(z.string(), z.object({ sha256, source: z.enum(['download', 'build']) }));

/** One artifact: a file or an image of one version for one architecture. */
export interface Artifact extends z.output<typeof artifactSchema> {
  /** How this machine got it, when it did: from its publisher, or built here. The sum is then of that. */
  readonly source?: 'download' | 'build';
  /** The publisher's own sum, where {@link sha256} is that of what was built here. */
  readonly published?: string | null;
}

/** The artifact lock. */
export interface Lock {
  readonly artifacts: readonly Artifact[];
}

const repository = join(import.meta.dirname, '..');
/** The committed lock. */
export const lockPath = join(repository, 'artifacts', 'artifacts.lock.json');
/** What the toolchain really provided on this machine, by lock id. Need not exist. */
export const resolvedPath = join(repository, '.hardway', 'artifacts.json');

/** A lock out of parsed JSON. Throws an error that names the first faulty places; ids must be distinct. */
export function parseLock(json: unknown, where = 'the artifact lock'): Lock {
  const parsed = lockSchema.safeParse(json);
  if (!parsed.success) throw new Error(`${where} is not valid:\n${z.prettifyError(parsed.error)}`);
  const ids = new Set<string>();
  for (const { id } of parsed.data.artifacts) {
    if (ids.has(id)) throw new Error(`${where} lists ${id} twice`);
    ids.add(id);
  }
  return parsed.data;
}

/** Lays the sums of what was really provided over a lock's. Provided ids that the lock does not know are passed over. */
export function overlay(lock: Lock, provided: unknown, where = 'the list of provided artifacts'): Lock {
  const parsed = resolvedSchema.safeParse(provided);
  if (!parsed.success) throw new Error(`${where} is not valid:\n${z.prettifyError(parsed.error)}`);
  return {
    artifacts: lock.artifacts.map((artifact) => {
      const own = parsed.data[artifact.id];
      return own === undefined ? artifact : { ...artifact, ...own, published: artifact.sha256 };
    }),
  };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Reads the lock, with the sums of what was provided over it when that list exists. */
export function readLock(lockFile = lockPath, providedFile = resolvedPath): Lock {
  const lock = parseLock(readJson(lockFile), lockFile);
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
