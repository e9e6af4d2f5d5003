import { createReadStream } from 'node:fs';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { extract, type Header } from 'tar-stream';
import { writeImage } from '../../../toolchain/build/image.ts';
import { extractMembers, type TarEntry, writeTar } from '../../../toolchain/download/archive.ts';
import { sha256File } from '../../../toolchain/download/fetch.ts';
import { sha256, useEmptyCache } from '../support.ts';

const cache = useEmptyCache();
const at = (name: string) => join(cache.path(), name);

async function list(path: string): Promise<{ header: Header; content: Buffer }[]> {
  const reader = extract();
  createReadStream(path).pipe(reader);
  const found: { header: Header; content: Buffer }[] = [];
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found.push({ header: entry.header, content: Buffer.concat(chunks) });
  }
  return found;
}

describe('writeTar', () => {
  it('gives the same bytes whatever the order of entries and the time of files', async () => {
    await writeFile(at('program'), 'program');
    const entries: TarEntry[] = [
      { name: 'bin/program', file: at('program') },
      { name: 'bin', folder: true },
      { name: 'bin/alias', link: 'program' },
      { name: 'note', content: 'note' },
    ];
    await writeTar(at('one.tar.gz'), entries, { gzip: true });
    await utimes(at('program'), 1, 1);
    await writeTar(at('two.tar.gz'), entries.toReversed(), { gzip: true });
    expect(await sha256File(at('one.tar.gz'))).toBe(await sha256File(at('two.tar.gz')));
  });

  it('dates entries 1970, owned by root, sorted', async () => {
    const entries: TarEntry[] = [
      { name: 'b', content: 'b' },
      { name: 'a', content: 'a', mode: 0o600 },
    ];
    await writeTar(at('x.tar'), entries);
    const headers = (await list(at('x.tar'))).map(({ header }) => header);
    expect(headers.map(({ name, mode, uid, gid, mtime }) => [name, mode, uid, gid, mtime?.getTime()])).toEqual([
      ['a', 0o600, 0, 0, 0],
      ['b', 0o644, 0, 0, 0],
    ]);
  });

  it('fails for a file that is not there, and does not hang', async () => {
    await expect(writeTar(at('x.tar'), [{ name: 'a', file: at('none') }])).rejects.toThrow(/ENOENT/);
  });
});

describe('extractMembers', () => {
  it('takes what is asked for, with or without a leading ./', async () => {
    const entries: TarEntry[] = [
      { name: './bridge', content: 'bridge' },
      { name: './other', content: 'other' },
    ];
    await writeTar(at('cni.tgz'), entries, { gzip: true });
    await extractMembers(at('cni.tgz'), { bridge: 'bridge' }, at('out'));
    expect(await readFile(join(at('out'), 'bridge'), 'utf8')).toBe('bridge');
    await expect(readFile(join(at('out'), 'other'))).rejects.toThrow(/ENOENT/);
  });

  it('names what an archive lacks', async () => {
    await writeTar(at('cni.tgz'), [{ name: './bridge', content: 'bridge' }], { gzip: true });
    await expect(extractMembers(at('cni.tgz'), { portmap: './portmap' }, at('out'))).rejects.toThrow(/hold portmap/);
  });
});

describe('writeImage', () => {
  it('writes what docker save would: manifest, config and a layer whose sum the config names', async () => {
    await mkdir(at('work'));
    await writeImage(at('image.tar'), at('work'), {
      reference: 'registry.example/tool:1',
      arch: 'arm64',
      entries: [{ name: 'tool', content: 'tool', mode: 0o755 }],
      entrypoint: ['/tool'],
      user: '65532:65532',
    });
    const files = new Map((await list(at('image.tar'))).map(({ header, content }) => [header.name, content]));
    const [manifest] = JSON.parse(files.get('manifest.json')?.toString() ?? '');
    expect(manifest.RepoTags).toEqual(['registry.example/tool:1']);
    const config = files.get(manifest.Config) ?? Buffer.alloc(0);
    expect(manifest.Config).toBe(`${sha256(config)}.json`);
    const layer = files.get(manifest.Layers[0]) ?? Buffer.alloc(0);
    const parsed = JSON.parse(config.toString());
    expect(parsed.rootfs.diff_ids).toEqual([`sha256:${sha256(layer)}`]);
    expect(parsed).toMatchObject({
      architecture: 'arm64',
      os: 'linux',
      config: { Entrypoint: ['/tool'], User: '65532:65532' },
    });
  });
});
