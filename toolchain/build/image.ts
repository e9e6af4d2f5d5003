import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type TarEntry, writeTar } from '../download/archive.ts';
import { sha256File } from '../download/fetch.ts';
import type { Arch } from '../host.ts';

/** An image of one layer. */
export interface ImageRecipe {
  /** `registry/repository:tag` that the tarball carries. */
  reference: string;
  arch: Arch;
  entries: TarEntry[];
  /** The process to run, as an argument vector. */
  entrypoint: string[];
  /** Arguments that a pod may replace. */
  cmd?: string[];
  /** `uid:gid`; default root. */
  user?: string;
  workdir?: string;
  labels?: Record<string, string>;
  /** Environment beside PATH. */
  env?: Record<string, string>;
}

const sha256Text = (text: string) => createHash('sha256').update(text).digest('hex');

/** Writes the tarball that `docker save` would: any registry client can push it, `ctr` and `docker` can load it. */
export async function writeImage(target: string, workDir: string, image: ImageRecipe): Promise<void> {
  const layer = join(workDir, 'layer.tar');
  await writeTar(layer, image.entries);
  const layerSum = await sha256File(layer);
  const config = JSON.stringify({
    architecture: image.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        ...Object.entries(image.env ?? {}).map(([name, value]) => `${name}=${value}`),
      ],
      Entrypoint: image.entrypoint,
      ...(image.cmd ? { Cmd: image.cmd } : {}),
      ...(image.user ? { User: image.user } : {}),
      WorkingDir: image.workdir ?? '/',
      Labels: image.labels ?? {},
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerSum}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'hardway toolchain' }],
  });
  const configName = `${sha256Text(config)}.json`;
  const layerName = `${layerSum}/layer.tar`;
  const manifest = [{ Config: configName, RepoTags: [image.reference], Layers: [layerName] }];
  await writeTar(
    target,
    [
      { name: 'manifest.json', content: JSON.stringify(manifest) },
      { name: configName, content: config },
      { name: layerName, file: layer, mode: 0o644 },
    ],
    { order: 'given' },
  );
}
