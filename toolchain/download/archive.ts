import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, type Pack, pack } from 'tar-stream';
import { ToolchainError } from '../error.ts';

/** One entry of an archive: a file's content from disk or memory, a folder, a symbolic link, or a named pipe. */
export type TarEntry =
  | { name: string; file: string; mode?: number }
  | { name: string; content: string | Buffer; mode?: number }
  | { name: string; folder: true; mode?: number }
  | { name: string; link: string }
  | { name: string; fifo: true };

const epoch = new Date(0);

async function add(archive: Pack, entry: TarEntry): Promise<void> {
  const common = { name: entry.name, mtime: epoch, uid: 0, gid: 0, uname: 'root', gname: 'root' };
  if ('file' in entry) {
    const size = (await stat(entry.file)).size;
    const sink = archive.entry({ ...common, size, mode: entry.mode ?? 0o755 });
    await pipeline(createReadStream(entry.file, { highWaterMark: 1 << 20 }), sink);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if ('content' in entry) archive.entry({ ...common, mode: entry.mode ?? 0o644 }, entry.content, done);
    else if ('link' in entry) archive.entry({ ...common, type: 'symlink', linkname: entry.link, mode: 0o777 }, done);
    else if ('fifo' in entry) archive.entry({ ...common, type: 'fifo', mode: 0o600 }, done);
    else archive.entry({ ...common, type: 'directory', mode: entry.mode ?? 0o755 }, done);
  });
}

/** Entries by name, in byte order; a folder comes before what is in it. */
export function sortEntries(entries: readonly TarEntry[]): TarEntry[] {
  return [...entries].sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}

/**
 * Writes an archive whose bytes depend on nothing but the entries: sorted, dated 1970, owned by root.
 * @param options.gzip compress, at level 1: these files are read once from a local disk
 * @param options.order keep the given order, for formats whose readers want it
 */
export async function writeTar(
  target: string,
  entries: readonly TarEntry[],
  options: { gzip?: boolean; order?: 'sorted' | 'given' } = {},
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const archive = pack();
  const sink = createWriteStream(target);
  const written = options.gzip ? pipeline(archive, createGzip({ level: 1 }), sink) : pipeline(archive, sink);
  const fill = async () => {
    for (const entry of options.order === 'given' ? entries : sortEntries(entries)) await add(archive, entry);
    archive.finalize();
  };
  await Promise.all([
    fill().catch((error: Error) => {
      archive.destroy(error);
      throw error;
    }),
    written,
  ]);
}

/**
 * Takes single files out of a tar.gz. `members` maps the file name to be written below `target` to the path inside.
 * Throws with the missing names where the archive lacks one.
 */
export async function extractMembers(path: string, members: Record<string, string>, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const wanted = new Map(Object.entries(members).map(([name, inside]) => [inside.replace(/^\.\//, ''), name]));
  const reader = extract();
  const reading = pipeline(createReadStream(path), createGunzip(), reader);
  const seen: string[] = [];
  for await (const entry of reader) {
    const inside = entry.header.name.replace(/^\.\//, '');
    if (entry.header.type === 'file') seen.push(inside);
    const name = wanted.get(inside);
    if (name && entry.header.type === 'file') {
      const file = join(target, name);
      await pipeline(entry, createWriteStream(file));
      await chmod(file, 0o755);
      wanted.delete(inside);
    } else {
      entry.resume();
    }
  }
  await reading;
  if (wanted.size > 0) {
    const has =
      seen.length > 0 ? `it has ${seen.slice(0, 12).join(', ')}${seen.length > 12 ? ', …' : ''}` : 'it is empty';
    throw new ToolchainError(
      `${basename(path)} does not hold ${[...wanted.keys()].join(', ')}: ${has}. The archive was kept and is not downloaded again`,
      'its publisher has changed the layout: choose another version, or build it from source: HARDWAY_SOURCE=build',
    );
  }
}
