import { createReadStream, createWriteStream } from 'node:fs';
import { access, constants, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { Arch, Os } from './releases.ts';

/** A program that is part of a release. */
export interface Program {
  readonly name: string;
  readonly version: string;
  readonly os: Os;
  readonly arch: Arch;
}

/** Where the bytes of programs come from: content, or the file that has it. */
export type Programs = (program: Program) => Promise<Buffer | { readonly file: string }>;

/** Programs that say their own name: every one of them exists, and no two are the same. */
export const sampleProgram: Programs = async ({ name, version, os, arch }) =>
  Buffer.from(`#!/bin/sh\necho '${name} ${version} ${os}/${arch}, of the stand-in for its publisher'\n`);

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The newest of some files. */
async function newest(paths: readonly string[]): Promise<string | undefined> {
  const dated = await Promise.all(paths.map(async (path) => ({ path, time: (await stat(path)).mtimeMs })));
  return dated.sort((left, right) => right.time - left.time)[0]?.path;
}

/** A program that is installed on this computer: the toolchain then has none in its cache. */
async function installed(name: string): Promise<string | undefined> {
  // A plugin of the network may be called like a command of the system.
  if (!/^(pulumi(-.*)?|crane|kubectl)$/.test(name)) return undefined;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/** Takes the plain files out of a tar.gz, each by its last name. */
async function unpack(archive: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const reader = extract();
  const reading = pipeline(createReadStream(archive), createGunzip(), reader);
  for await (const entry of reader) {
    if (entry.header.type === 'file') {
      await pipeline(entry, createWriteStream(join(target, basename(entry.header.name)), { mode: 0o755 }));
    } else entry.resume();
  }
  await reading;
}

/**
 * The language host that is built here is a script that calls another file beside it. A publisher's is one program, so
 * that it works wherever it is unpacked: so does this script, which names the other file by its full path.
 */
async function standAlone(path: string, work: string): Promise<string> {
  const head = (await readFile(path)).subarray(0, 4096).toString('latin1');
  if (!head.startsWith('#!')) return path;
  const script = await readFile(path, 'utf8');
  const moved = script.replaceAll('$(dirname "$(readlink -f "$0")")', dirname(path));
  const copy = join(work, `stand-alone-${basename(path)}`);
  await writeFile(copy, moved, { mode: 0o755 });
  return copy;
}

/** What a cluster and the tools to make it cannot do without. */
const needed =
  /^(pulumi|pulumi-language-nodejs|pulumi-resource-(command|kubernetes|random|tls)|crane|kubectl|kubelet|kube-.*|etcd(ctl|utl)?|containerd(-shim-runc-v2)?|ctr|runc|crictl|bridge|loopback|host-local|portmap)$/;

/**
 * Programs out of a toolchain's cache or installed, for this computer's platform. Every other platform's are samples, and so is what
 * no cluster needs.
 *
 * @param cache - the cache's folder, which is only read
 * @param work - a folder for what is unpacked
 * @throws Error when a program that is needed is not in the cache
 */
export async function cachedPrograms(cache: string, work: string, arch: Arch): Promise<Programs> {
  const parts = await filesBelow(join(cache, 'parts'));
  const archives = [...parts, ...(await filesBelow(join(cache, 'mirror')))].filter((path) =>
    /\.(tar\.gz|tgz)$/.test(path),
  );
  const byStem = [
    ['etcd-v', /^etcd(ctl|utl)?$/],
    ['containerd-', /^(containerd.*|ctr)$/],
    [
      'cni-plugins-',
      /^(bandwidth|bridge|dhcp|dummy|firewall|host-.*|ipvlan|loopback|macvlan|portmap|ptp|sbr|static|tap|tuning|vlan|vrf)$/,
    ],
    ['crictl-v', /^crictl$/],
  ] as const;
  const unpacked = new Map<string, Promise<void>>();

  async function fromArchive(name: string): Promise<string | undefined> {
    const stem = byStem.find(([, names]) => names.test(name))?.[0];
    if (stem === undefined) return undefined;
    const candidates = archives.filter(
      (path) => basename(path).startsWith(stem) && basename(path).includes(`-${arch}`),
    );
    const archive = await newest(candidates);
    if (archive === undefined) return undefined;
    const target = join(work, `unpacked-${stem}${arch}`);
    const unpacking = unpacked.get(target) ?? unpack(archive, target);
    unpacked.set(target, unpacking);
    await unpacking;
    const file = join(target, name);
    return (await stat(file).catch(() => undefined)) ? file : undefined;
  }

  return async (program) => {
    const { name } = program;
    if (program.os !== 'linux' || program.arch !== arch) return sampleProgram(program);
    const own = await newest(parts.filter((path) => basename(path) === name || basename(path) === `${name}.${arch}`));
    const file = own ?? (await fromArchive(name)) ?? (await installed(name));
    if (file !== undefined) return { file: await standAlone(file, work) };
    if (needed.test(name))
      throw new Error(`the cache ${cache} has no ${name}\n  Fix: run "make up" once, which provides it`);
    return sampleProgram(program);
  };
}
