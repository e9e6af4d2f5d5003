import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { checksumList, type Sums } from './checksum-lists.ts';
import type { Located } from './locate.ts';
import type { Programs } from './programs.ts';
import type { Asset, Entry } from './releases.ts';

/** A published file, ready to be served. */
export interface Published extends Sums {
  readonly name: string;
  readonly file: string;
  readonly size: number;
}

/** How a publisher got a file wrong, sums and all. */
export interface Mistake {
  /** Matches `<owner>/<repository>@<tag>/<file name>`. */
  readonly of: RegExp;
  /** Last name of a program that the archive lacks. */
  readonly without?: string;
  /** Bytes after which the file ends. */
  readonly truncatedTo?: number;
}

const published = new Date('2026-01-01T00:00:00Z');

async function addEntry(
  archive: Pack,
  entry: Entry,
  bytes: Buffer | { readonly file: string } | undefined,
): Promise<void> {
  const common = { name: entry.path, mtime: published, uid: 1001, gid: 127, uname: 'runner', gname: 'docker' };
  if (bytes !== undefined && 'file' in bytes) {
    const { size } = await stat(bytes.file);
    await pipeline(createReadStream(bytes.file), archive.entry({ ...common, size, mode: 0o755 }));
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if ('folder' in entry) archive.entry({ ...common, type: 'directory', mode: 0o755 }, done);
    else if ('text' in entry) archive.entry({ ...common, mode: 0o644 }, entry.text, done);
    else archive.entry({ ...common, mode: 0o755 }, bytes as Buffer, done);
  });
}

/** Sums and length of a file. */
export async function sumsOf(file: string): Promise<Sums & { readonly size: number }> {
  const sha1 = createHash('sha1');
  const sha256 = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(file)) {
    sha1.update(chunk);
    sha256.update(chunk);
    size += chunk.length;
  }
  return { sha1: sha1.digest('hex'), sha256: sha256.digest('hex'), size };
}

/** Packs what publishers publish, each file when it is first wanted. */
export class Store {
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #mistakes: readonly Mistake[];
  readonly #made = new Map<string, Promise<Published>>();

  /** @param folder - where the files are written; the caller removes it */
  constructor(folder: string, programs: Programs, mistakes: readonly Mistake[] = []) {
    this.#folder = folder;
    this.#programs = programs;
    this.#mistakes = mistakes;
  }

  /** A file of a release. */
  publish(located: Located): Promise<Published> {
    const key = `${located.place}/${located.asset.name}`;
    const making = this.#made.get(key) ?? this.#make(key, located);
    this.#made.set(key, making);
    return making;
  }

  async #make(key: string, located: Located): Promise<Published> {
    const { asset, version, among } = located;
    await mkdir(this.#folder, { recursive: true });
    const mistake = this.#mistakes.find(({ of }) => of.test(key));
    const file = join(this.#folder, createHash('sha256').update(key).digest('hex').slice(0, 16));
    if (asset.kind === 'list') {
      const listed = among.filter(({ name }) => asset.of.includes(name));
      const files = await Promise.all(listed.map((each) => this.publish({ ...located, asset: each })));
      await writeFile(
        file,
        checksumList(
          asset.form,
          files.map((each) => [each.name, each]),
        ),
      );
    } else if (asset.kind === 'program') {
      const bytes = await this.#programs({ name: asset.program, version, os: asset.os, arch: asset.arch });
      if ('file' in bytes) await copyFile(bytes.file, file);
      else await writeFile(file, bytes);
    } else {
      const entries = asset.entries.filter((entry) => !('program' in entry) || entry.program !== mistake?.without);
      await this.#pack(file, version, { ...asset, entries });
    }
    if (mistake?.truncatedTo !== undefined) await truncate(file, mistake.truncatedTo);
    return { name: asset.name, file, ...(await sumsOf(file)) };
  }

  async #pack(file: string, version: string, asset: Asset & { kind: 'archive' }): Promise<void> {
    const archive = pack();
    const writing = pipeline(archive, createGzip({ level: 1 }), createWriteStream(file));
    for (const entry of asset.entries) {
      const { os, arch } = asset;
      const bytes = 'program' in entry ? await this.#programs({ name: entry.program, version, os, arch }) : undefined;
      await addEntry(archive, entry, bytes);
    }
    archive.finalize();
    await writing;
  }
}
