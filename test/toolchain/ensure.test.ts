import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { binDir, logsDir, mirrorDir, packagesDir } from '../../toolchain/cache/paths.ts';
import { writeTar } from '../../toolchain/download/archive.ts';
import { RequestFailure } from '../../toolchain/download/failure.ts';
import { ensurePackages } from '../../toolchain/ensure.ts';
import type { Package } from '../../toolchain/plan/package.ts';
import { packageKey } from '../../toolchain/plan/package.ts';
import { lineDisplay } from '../../toolchain/progress.ts';
import { type StandIn, samplePart, sha256, startStandIn, useEmptyCache } from './support.ts';

const cache = useEmptyCache();

async function ensure(packages: Package[], reachable = false): Promise<string[]> {
  const lines: string[] = [];
  await ensurePackages(packages, {
    display: lineDisplay((line) => lines.push(line)),
    reachable: async (url) =>
      reachable ? undefined : new RequestFailure('dns', new URL(url).host, 'does not resolve'),
  });
  return lines.map((line) => line.replace(/\d+ s$/, 'N s'));
}

const writes = (text: string) => {
  const counted = {
    times: 0,
    produce: async ({ outDir }: { outDir: string }) => {
      counted.times++;
      await writeFile(join(outDir, 'sample'), text);
    },
  };
  return counted;
};

describe('a built part', () => {
  it('is built once, with a line for the choice, the start and the end', async () => {
    const made = writes('one');
    expect(await ensure([samplePart(made.produce)])).toEqual([
      'sample 1.0: building, it is ours',
      '[1/1] sample 1.0: building (expected about 5 s)…',
      '[1/1] sample 1.0: done in N s',
    ]);
    expect(await readFile(join(binDir(), 'sample'), 'utf8')).toBe('one');
    expect(await ensure([samplePart(made.produce)])).toEqual([]);
    expect(made.times).toBe(1);
  });

  it('is built again when its recipe changes, and the old one goes', async () => {
    const made = writes('one');
    await ensure([samplePart(made.produce, { version: 1 })]);
    await ensure([samplePart(made.produce, { version: 2 })]);
    expect(made.times).toBe(2);
    expect(await readdir(join(packagesDir(), 'sample'))).toHaveLength(1);
  });

  it('changes its key with the recipe and the compiler', () => {
    const key = (recipe: unknown, go: string) =>
      packageKey(
        samplePart(async () => undefined, recipe),
        'build',
        go,
      );
    expect(key(1, 'go1.26')).toBe(key(1, 'go1.26'));
    expect(new Set([key(1, 'go1.26'), key(2, 'go1.26'), key(1, 'go1.27')]).size).toBe(3);
  });

  it('never looks finished when it was interrupted', async () => {
    const half = samplePart(async ({ outDir }) => {
      await writeFile(join(outDir, 'sample'), 'half');
      throw new Error('interrupted');
    });
    await expect(ensure([half])).rejects.toThrow(/building sample 1.0 failed: interrupted.*sample.log.*Fix:/s);
    await expect(readlink(join(binDir(), 'sample'))).rejects.toThrow();
    const made = writes('whole');
    await ensure([samplePart(made.produce)]);
    expect(await readFile(join(binDir(), 'sample'), 'utf8')).toBe('whole');
  });

  it('is made again, with a line, when its file was changed or removed', async () => {
    const made = writes('one');
    await ensure([samplePart(made.produce)]);
    await appendFile(join(binDir(), 'sample'), 'damage');
    expect((await ensure([samplePart(made.produce)]))[0]).toBe(
      'sample 1.0 is made again: sample has 9 bytes in place of 3',
    );
    const [key = ''] = await readdir(join(packagesDir(), 'sample'));
    await rm(join(packagesDir(), 'sample', key, 'sample'));
    expect((await ensure([samplePart(made.produce)]))[0]).toBe('sample 1.0 is made again: sample is missing');
    expect(made.times).toBe(3);
  });

  it('gets a lost link back without being built', async () => {
    const made = writes('one');
    await ensure([samplePart(made.produce)]);
    await rm(join(binDir(), 'sample'));
    expect(await ensure([samplePart(made.produce)])).toEqual([]);
    expect(await readFile(join(binDir(), 'sample'), 'utf8')).toBe('one');
    expect(made.times).toBe(1);
  });

  it('is built once by two runs at the same time', async () => {
    const made = writes('one');
    await Promise.all([ensure([samplePart(made.produce)]), ensure([samplePart(made.produce)])]);
    expect(made.times).toBe(1);
  });

  it('is built by the next run when the one before was killed', async () => {
    const lock = join(cache.path(), 'locks', 'toolchain.lock');
    await mkdir(lock, { recursive: true });
    await writeFile(join(lock, 'owner'), '2147483646 12345');
    const made = writes('one');
    await ensure([samplePart(made.produce)]);
    expect(made.times).toBe(1);
  });

  it('shows the end of its log when a command fails', async () => {
    const failing = samplePart(async ({ run }) => {
      await run('sh', ['-c', 'echo go: downloading noise; echo the reason >&2; exit 3']);
    });
    await expect(ensure([failing])).rejects.toThrow(/ {4}the reason\n/);
    await expect(ensure([failing])).rejects.not.toThrow(/^ {4}go: downloading/m);
    expect(await readFile(join(logsDir(), 'sample.log'), 'utf8')).toContain('noise');
  });
});

describe('a downloaded part', () => {
  let standIn: StandIn;
  beforeEach(async () => {
    standIn = await startStandIn();
    process.env.HARDWAY_DOWNLOAD_BASE = standIn.base;
  });
  afterEach(() => standIn.close());

  const file = (content: string): Package => ({
    id: 'file',
    title: 'file 1.0',
    outputs: ['file'],
    links: [{ path: join(mirrorDir(), 'publisher.example', 'v1', 'file'), output: 'file', kind: 'hard' }],
    download: { kind: 'file', file: { url: 'https://publisher.example/v1/file', sha256: sha256(content) }, as: 'file' },
    build: {
      recipe: 1,
      expectedSeconds: 1,
      produce: async ({ outDir }) => await writeFile(join(outDir, 'file'), 'built'),
    },
  });
  const mirrored = () => readFile(join(mirrorDir(), 'publisher.example', 'v1', 'file'), 'utf8');

  it('ends at the same place as a built one', async () => {
    standIn.files.set('publisher.example/v1/file', Buffer.from('published'));
    expect((await ensure([file('published')], true))[0]).toBe('file 1.0: downloading, its publisher answers');
    expect(await mirrored()).toBe('published');
    process.env.HARDWAY_SOURCE = 'build';
    expect((await ensure([file('published')], true))[0]).toBe('file 1.0: building, HARDWAY_SOURCE=build');
    expect(await mirrored()).toBe('built');
  });

  it('names file, sums, log and the fix when the sum is wrong, and is not linked', async () => {
    standIn.files.set('publisher.example/v1/file', Buffer.from('tampered'));
    await expect(ensure([file('published')], true)).rejects.toThrow(
      new RegExp(`^file 1.0: .*/v1/file .*${sha256('published')}.*${sha256('tampered')}.*file.log.*Fix:`, 's'),
    );
    await expect(mirrored()).rejects.toThrow();
  });

  it('takes programs out of an archive', async () => {
    const dir = await mkdtemp(join(cache.path(), 'publisher-'));
    await writeTar(join(dir, 'a.tar.gz'), [{ name: 'pulumi/tool', content: 'program', mode: 0o755 }], { gzip: true });
    const archive = await readFile(join(dir, 'a.tar.gz'));
    standIn.files.set('publisher.example/a.tar.gz', archive);
    const pkg: Package = {
      id: 'tool',
      title: 'tool 1.0',
      outputs: ['tool'],
      links: [{ path: join(binDir(), 'tool'), output: 'tool', kind: 'symbolic' }],
      download: {
        kind: 'file',
        file: { url: 'https://publisher.example/a.tar.gz', sha256: sha256(archive) },
        as: 'a.tar.gz',
        members: { tool: 'pulumi/tool' },
      },
    };
    await ensure([pkg], true);
    expect(await readFile(join(binDir(), 'tool'), 'utf8')).toBe('program');
  });
});

describe('an archive that lacks a program', () => {
  it('is kept, named with what it has, and not downloaded again', async () => {
    const standIn = await startStandIn();
    process.env.HARDWAY_DOWNLOAD_BASE = standIn.base;
    const path = join(cache.path(), 'a.tar.gz');
    await writeTar(path, [{ name: 'pulumi/tool', content: 'program', mode: 0o755 }], { gzip: true });
    const archive = await readFile(path);
    standIn.files.set('publisher.example/a.tar.gz', archive);
    const pkg = (inside: string): Package => ({
      ...{ id: 'tool', title: 'tool 1.0', outputs: ['tool'], links: [] },
      download: {
        kind: 'file',
        file: { url: 'https://publisher.example/a.tar.gz', sha256: sha256(archive) },
        ...{ as: 'a.tar.gz', members: { tool: inside } },
      },
    });
    const failure = /^tool 1.0: a.tar.gz does not hold pulumi\/gone: it has pulumi\/tool.*Fix: /s;
    await expect(ensure([pkg('pulumi/gone')], true)).rejects.toThrow(failure);
    await expect(ensure([pkg('pulumi/gone')], true)).rejects.toThrow(failure);
    expect(standIn.requests.filter((line) => !line.includes('bytes=0-0'))).toEqual(['GET publisher.example/a.tar.gz']);
    await standIn.close();
  });
});

it('leaves what is installed alone, and links it', async () => {
  const program = join(cache.path(), 'elsewhere', 'sample');
  await mkdir(dirname(program), { recursive: true });
  await writeFile(program, 'installed');
  await chmod(program, 0o755);
  const made = writes('one');
  const pkg = { ...samplePart(made.produce), installed: async () => [program] };
  expect(await ensure([pkg])).toEqual([]);
  expect(await readlink(join(binDir(), 'sample'))).toBe(program);
  process.env.HARDWAY_SOURCE = 'build';
  await ensure([pkg]);
  expect(made.times).toBe(1);
});
