import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import type { Arch } from './releases.ts';
import { sumsOf } from './store.ts';

/** Types of what a registry serves, as Docker's and the OCI's clients know them. */
export const mediaTypes = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/** The images that exist, by the host that their references name: repositories, and the form of their tags. */
const repositories: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'registry.k8s.io': { 'coredns/coredns': /^v\d+\.\d+\.\d+$/, pause: /^\d+\.\d+(\.\d+)?$/ },
  'docker.io': { 'rajchaudhuri/weave-kube': /^\d+\.\d+\.\d+$/, 'rajchaudhuri/weave-npc': /^\d+\.\d+\.\d+$/ },
};

/** Whether a registry has a repository at all. */
export function hasRepository(registry: string, repository: string): boolean {
  return repositories[registry]?.[repository] !== undefined;
}

interface Blob {
  readonly mediaType: string;
  readonly size: number;
  readonly digest: string;
}

/** A manifest or an index, as it is sent. */
export interface Manifest {
  readonly mediaType: string;
  readonly text: string;
  readonly digest: string;
}

/** An image of more than one platform. */
export interface Image {
  readonly index: Manifest;
  readonly manifests: Readonly<Record<Arch, Manifest>>;
}

const digestOf = (content: string | Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** An image out of `docker save`'s format: its configuration, and its layers as streams in their order. */
interface Saved {
  readonly config: string;
  readonly layers: readonly (() => AsyncIterable<Buffer> | NodeJS.ReadableStream)[];
}

async function sampleImage(reference: string, arch: Arch): Promise<Saved> {
  const layer = pack();
  for (const name of ['home/weave/launch.sh', 'home/weave/init.sh', 'about']) {
    layer.entry({ name, mode: 0o755, mtime: new Date(0) }, `#!/bin/sh\necho '${reference} ${arch}, a stand-in'\n`);
  }
  layer.finalize();
  const tar = await buffer(layer);
  const config = JSON.stringify({
    architecture: arch,
    os: 'linux',
    config: { Entrypoint: ['/home/weave/launch.sh'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
  });
  return {
    config,
    layers: [
      async function* () {
        yield tar;
      },
    ],
  };
}

/** Reads one file of a tarball. */
async function member(tarball: string, name: string): Promise<Buffer> {
  const reader = extract();
  const reading = pipeline(createReadStream(tarball), reader).catch(() => undefined);
  for await (const entry of reader) {
    if (entry.header.name === name) {
      const content = await buffer(entry);
      reader.destroy();
      await reading;
      return content;
    }
    entry.resume();
  }
  throw new Error(`${tarball} has no ${name}`);
}

async function savedImage(tarball: string): Promise<Saved> {
  const [manifest] = JSON.parse((await member(tarball, 'manifest.json')).toString()) as {
    Config: string;
    Layers: string[];
  }[];
  if (!manifest) throw new Error(`${tarball} has no image`);
  return {
    config: (await member(tarball, manifest.Config)).toString(),
    layers: manifest.Layers.map(
      (name) =>
        async function* () {
          yield await member(tarball, name);
        },
    ),
  };
}

/** Makes images as registries have them, each when it is first wanted. */
export class Images {
  readonly #folder: string;
  readonly #tarballs: string | undefined;
  readonly #arch: Arch;
  readonly #made = new Map<string, Promise<Image>>();

  /**
   * @param folder - where blobs are written; the caller removes it
   * @param tarballs - a folder `<registry>/<repository>_<tag>.tar` of images for `arch`; without it all are samples
   */
  constructor(folder: string, arch: Arch, tarballs?: string) {
    this.#folder = folder;
    this.#arch = arch;
    this.#tarballs = tarballs;
  }

  /** An image by its tag; undefined where the registry has none. */
  async find(registry: string, repository: string, tag: string): Promise<Image | undefined> {
    if (!repositories[registry]?.[repository]?.test(tag)) return undefined;
    const key = `${registry}/${repository}:${tag}`;
    const making = this.#made.get(key) ?? this.#make(key, registry, repository, tag);
    this.#made.set(key, making);
    return await making;
  }

  /** A manifest or an index by tag or digest. */
  async manifest(registry: string, repository: string, reference: string): Promise<Manifest | undefined> {
    if (!reference.startsWith('sha256:')) return (await this.find(registry, repository, reference))?.index;
    const own = [...this.#made].filter(([key]) => key.startsWith(`${registry}/${repository}:`));
    const images = await Promise.all(own.map(([, image]) => image));
    return images
      .flatMap(({ index, manifests }) => [index, ...Object.values(manifests)])
      .find(({ digest }) => digest === reference);
  }

  /** The file of a blob. */
  blob(digest: string): string | undefined {
    const file = join(this.#folder, digest.replace(':', '-'));
    return existsSync(file) ? file : undefined;
  }

  async #make(key: string, registry: string, repository: string, tag: string): Promise<Image> {
    await mkdir(this.#folder, { recursive: true });
    const one = async (arch: Arch): Promise<Manifest> => {
      const tarball = this.#tarballs && join(this.#tarballs, registry, `${repository}_${tag}.tar`);
      const saved = tarball && arch === this.#arch && existsSync(tarball) ? await savedImage(tarball) : undefined;
      return await this.#manifest(saved ?? (await sampleImage(key, arch)));
    };
    const manifests = { amd64: await one('amd64'), arm64: await one('arm64') };
    const text = JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: Object.entries(manifests).map(([architecture, manifest]) => ({
        mediaType: manifest.mediaType,
        size: Buffer.byteLength(manifest.text),
        digest: manifest.digest,
        platform: { architecture, os: 'linux' },
      })),
    });
    return { index: { mediaType: mediaTypes.index, text, digest: digestOf(text) }, manifests };
  }

  async #manifest({ config, layers }: Saved): Promise<Manifest> {
    const digest = digestOf(config);
    await writeFile(join(this.#folder, digest.replace(':', '-')), config);
    const blobs: Blob[] = [];
    for (const layer of layers) blobs.push(await this.#layer(layer));
    const text = JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config, size: Buffer.byteLength(config), digest },
      layers: blobs,
    });
    return { mediaType: mediaTypes.manifest, text, digest: digestOf(text) };
  }

  async #layer(layer: Saved['layers'][number]): Promise<Blob> {
    const making = join(this.#folder, `making-${process.hrtime.bigint()}`);
    await pipeline(layer(), createGzip({ level: 1 }), createWriteStream(making));
    const { sha256, size } = await sumsOf(making);
    await rename(making, join(this.#folder, `sha256-${sha256}`));
    return { mediaType: mediaTypes.layer, size, digest: `sha256:${sha256}` };
  }
}
