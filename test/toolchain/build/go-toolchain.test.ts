import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  fetchedGoBin,
  fetchedGoRoot,
  fetchGo,
  goRelease,
  moduleProxies,
  unpack,
  whyNoGoToFetch,
} from '../../../toolchain/build/go-toolchain.ts';
import { hostArch, hostOs } from '../../../toolchain/host.ts';
import { type StandIn, startStandIn, useEmptyCache } from '../support.ts';

const cache = useEmptyCache();
let standIn: StandIn;
const saved = process.env.GOPROXY;
beforeEach(async () => {
  standIn = await startStandIn();
  process.env.HARDWAY_DOWNLOAD_BASE = standIn.base;
  process.env.GOPROXY = 'https://modules.example,direct';
});
afterEach(async () => {
  if (saved === undefined) delete process.env.GOPROXY;
  else process.env.GOPROXY = saved;
  await standIn.close();
});

describe('module proxies', () => {
  it.each([
    [undefined, [expect.stringMatching(/^https:\/\/proxy\./)]],
    ['https://a.example,https://b.example|direct', ['https://a.example', 'https://b.example']],
    ['https://a.example,off,https://b.example', ['https://a.example']],
    ['direct', []],
    ['off', []],
  ])('of %j', (goproxy, proxies) => {
    delete process.env.GOPROXY;
    expect(moduleProxies(goproxy)).toEqual(proxies);
  });
});

/** A zip archive without compression: local headers, directory, end. */
function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path, data]);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, entry, path]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(central.length, 8);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

describe('the Go of a module proxy', () => {
  it('is unpacked below its module, programs executable, and nothing beside it', async () => {
    const archive = join(cache.path(), 'go.zip');
    await writeFile(
      archive,
      zipOf({ 'm@v1/bin/go': 'go', 'm@v1/src/a/b.go': 'package a', 'm@v1/pkg/tool/x/asm': 'asm', 'other/x': '' }),
    );
    const target = join(cache.path(), 'go');
    await unpack(archive, 'm@v1/', target);
    expect((await readdir(target)).sort()).toEqual(['bin', 'pkg', 'src']);
    expect(await readFile(join(target, 'src/a/b.go'), 'utf8')).toBe('package a');
    const mode = async (path: string) => (await stat(join(target, path))).mode & 0o111;
    expect([await mode('bin/go'), await mode('pkg/tool/x/asm'), await mode('src/a/b.go')]).toEqual([0o111, 0o111, 0]);
  });

  it('is refused with another sum, and nothing is kept', async () => {
    const place = `modules.example/golang.org/toolchain/@v/v0.0.1-go${goRelease}.${hostOs()}-${hostArch()}.zip`;
    standIn.files.set(place, zipOf({ 'a/b': 'c' }));
    await expect(fetchGo(() => {})).rejects.toThrow(/modules\.example.*has the wrong checksum; nothing was kept/s);
    expect(fetchedGoBin()).toBeUndefined();
    expect(await whyNoGoToFetch()).toBeUndefined();
  });

  it('cannot be had where the proxy does not have it, or there is none, with the reason', async () => {
    expect(await whyNoGoToFetch()).toContain('404');
    await expect(fetchGo(() => {})).rejects.toThrow(/404/);
    process.env.GOPROXY = 'off';
    expect(await whyNoGoToFetch()).toBe('GOPROXY is "off", which names no module proxy to fetch Go from');
    await expect(fetchGo(() => {})).rejects.toThrow(/names no module proxy.*Fix: set GOPROXY/s);
  });

  it('is not fetched again', async () => {
    await mkdir(join(fetchedGoRoot(), 'bin'), { recursive: true });
    await writeFile(join(fetchedGoRoot(), 'bin', 'go'), '');
    await fetchGo(() => {});
    expect(await whyNoGoToFetch()).toBeUndefined();
    expect(standIn.requests).toEqual([]);
  });
});
