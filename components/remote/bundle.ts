import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import type { RolePlan } from '../../lib/format/role.ts';

/** A file the program wants on a machine from a mirror or its publisher. */
export interface StagedArtifact {
  /** Folder under /opt/hardway, e.g. `etcd`. */
  readonly name: string;
  readonly version: string;
  readonly url: string;
  /** Hex SHA-256 of the file at {@link url}; another sum stops the machine. */
  readonly sha256: string;
  /** Installed name to path inside the archive; a plain binary has its own name on both sides and no archive. */
  readonly members: Readonly<Record<string, string>>;
  /** Whether {@link url} is a tar archive. */
  readonly archive: boolean;
}

const script = (name: string): string => readFileSync(join(import.meta.dirname, 'machine', name), 'utf8');

/** Packs texts into a base64 tar.gz that is the same for the same texts: what a remote step gets on standard input. */
async function pack(entries: Readonly<Record<string, string>>): Promise<string> {
  const archive = tar.pack();
  for (const [name, text] of Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))) {
    archive.entry({ name, mode: 0o600, mtime: new Date(0), uid: 0, gid: 0 }, text);
  }
  archive.finalize();
  return gzipSync(await buffer(archive), { level: 9 }).toString('base64');
}

/** One word of a manifest's line: the machine splits lines at blanks. */
function word(what: string, text: string): string {
  if (text === '' || /[\s\p{Cc}]/u.test(text)) {
    throw new Error(`the ${what} ${JSON.stringify(text)} cannot go to a machine: it is empty or holds a blank`);
  }
  return text;
}

function path(text: string): string {
  if (!posix.isAbsolute(text) || posix.normalize(text) !== text || text.endsWith('/')) {
    throw new Error(
      `the path ${JSON.stringify(text)} cannot go to a machine: it must be absolute and in its plain form`,
    );
  }
  return word('path', text);
}

function octal(mode: number, of: string): string {
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777) throw new Error(`${of} has no file mode: ${mode}`);
  return mode.toString(8).padStart(4, '0');
}

function owner(text: string, of: string): string {
  if (!/^[^:]+:[^:]+$/.test(text)) throw new Error(`${of} has no owner as user:group: ${JSON.stringify(text)}`);
  return word('owner', text);
}

/**
 * The lines `apply.sh` reads: one a directory, file, link and service, in the order they are made.
 *
 * @throws Error when a path, mode, owner or unit cannot stand in such a line
 */
export function manifest(plan: RolePlan): string {
  const files = Object.entries(plan.files).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...Object.entries(plan.directories ?? {}).map(([at, mode]) => `dir ${octal(mode, at)} ${path(at)}`),
    ...files.map(([at, file]) => `file ${octal(file.mode, at)} ${owner(file.owner ?? 'root:root', at)} ${path(at)}`),
    ...Object.entries(plan.links).map(([at, target]) => `link ${path(at)} ${path(target)}`),
    ...plan.services.map(({ unit, restartOn }) => ['service', word('unit', unit), ...restartOn.map(path)].join(' ')),
    ...plan.services
      .filter((service) => service.reloadOn?.length)
      .map(({ unit, reloadOn }) => ['reload', unit, ...(reloadOn ?? []).map(path)].join(' ')),
    '',
  ].join('\n');
}

/**
 * The bundle that activates a role: every file with its mode, the units, and the script that compares and acts.
 *
 * @param attempt - makes the bundle of another attempt differ; nothing on the machine reads it
 */
export function activationBundle(plan: RolePlan, attempt = ''): Promise<string> {
  const files = Object.entries(plan.files).map(([path, file]) => [`files${path}`, file.content]);
  return pack({
    ...Object.fromEntries(files),
    attempt,
    manifest: manifest(plan),
    'require.sh': [...(plan.require ?? []), ''].join('\n'),
    'pre-start.sh': [...(plan.preStart ?? []), ''].join('\n'),
    'may-stop.sh': [...(plan.mayStop ?? []), ''].join('\n'),
    'health.sh': `${plan.health}\n`,
    'apply.sh': script('apply.sh'),
  });
}

/**
 * The bundle that stages artifacts: what to fetch, from where, with which sum, and the distribution's packages that must
 * be there.
 */
export function stagingBundle(artifacts: readonly StagedArtifact[], packages: readonly string[] = []): Promise<string> {
  const lines = artifacts.map((artifact) =>
    [
      artifact.archive ? 'archive' : 'binary',
      ...[artifact.name, artifact.version, artifact.sha256, artifact.url].map((text) => word('artifact', text)),
      ...Object.entries(artifact.members).map(([installed, inside]) => word('member', `${installed}=${inside}`)),
    ].join(' '),
  );
  return pack({
    manifest: [...lines, ''].join('\n'),
    packages: [...packages.map((name) => word('package', name)), ''].join('\n'),
    'packages.sh': script('packages.sh'),
    'apply.sh': script('stage.sh'),
  });
}

/** The bundle that marks a machine as the cluster's and leaves there the script that takes everything off again. */
export function claimBundle(): Promise<string> {
  return pack({ 'apply.sh': script('host.sh') });
}

/** Whether a file's content is for its owner's eyes only, so that a preview shows a digest in place of the text. */
const isPrivate = (mode: number): boolean => (mode & 0o077) === 0;

/** A short digest of a readable plan. */
export function digestOf(plan: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 16);
}

/** A plan as a preview may show it: texts readable, private ones as the head of their digest, enough to see a change. */
export function readablePlan(plan: RolePlan): Record<string, string> {
  const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
  const files = Object.entries(plan.files).map(([path, file]) => [
    path,
    isPrivate(file.mode) || file.content.startsWith('-----BEGIN') ? digest(file.content) : file.content,
  ]);
  const links = Object.entries(plan.links).map(([path, target]) => [path, `-> ${target}`]);
  return Object.fromEntries([...files, ...links].sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1)));
}

/** What restarts each unit when it changes: a preview says so. */
export function readableRestarts({ services }: RolePlan): Record<string, string[]> {
  return Object.fromEntries(
    services.map(({ unit, restartOn }) => [unit, [`/etc/systemd/system/${unit}`, ...restartOn]]),
  );
}
