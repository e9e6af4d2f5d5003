import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { commandOf, listProcesses, parseProcesses, startTime, variableOf } from '../../lib/processes.ts';
import { goEnv } from '../../toolchain/build/go.ts';
import { ensureCompiler } from '../../toolchain/build/native.ts';
import { binDir, cacheDir } from '../../toolchain/cache/paths.ts';
import { requireWritable } from '../../toolchain/cache/writable.ts';
import { findOnPath, hostArch, hostOs, requireLinux } from '../../toolchain/host.ts';
import { useEmptyCache } from './support.ts';

const cache = useEmptyCache();

describe('this computer', () => {
  it('is Linux or macOS, amd64 or arm64; anything else is said by name', () => {
    expect([hostOs('linux'), hostOs('darwin'), hostArch('x64'), hostArch('arm64')]).toEqual([
      'linux',
      'darwin',
      'amd64',
      'arm64',
    ]);
    expect(() => hostOs('win32')).toThrow(/this computer runs win32[\s\S]*WSL 2/);
    expect(() => hostArch('riscv64')).toThrow('this computer is riscv64');
  });

  it('is pointed at Linux where only that will do', () => {
    expect(() => requireLinux('a lab', 'linux')).not.toThrow();
    expect(() => requireLinux('a lab', 'darwin')).toThrow(
      /a lab needs Linux, and this computer runs macOS; nothing was changed[\s\S]*Debian 12 or 13[\s\S]*hosts/,
    );
  });
});

describe('a program on PATH', () => {
  it('does not count where it is a link of a checkout: this one, another, or one of before in the cache', async () => {
    const folders = [binDir(), join(cache.path(), 'clone', '.hardway', 'bin'), join(cacheDir(), 'bin')];
    const real = join(cache.path(), 'usr');
    for (const folder of [...folders, real]) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'tool'), '');
      await chmod(join(folder, 'tool'), 0o755);
    }
    expect(await findOnPath('tool', [...folders, real].join(':'))).toBe(join(real, 'tool'));
    expect(await findOnPath('tool', folders.join(':'))).toBeUndefined();
  });
});

// What `ps` says stands for macOS here: both ways are asked about the same process.
describe.each(['linux', 'darwin'])('processes on %s', (platform) => {
  it('are told apart by when they started, and have a command', async () => {
    expect(await startTime(process.pid, platform)).toMatch(/^\S+$/);
    expect(await startTime(2 ** 22 + 1, platform)).toBe('');
    expect(await commandOf(process.pid, platform)).toContain('node');
    expect(await commandOf(2 ** 22 + 1, platform)).toBeUndefined();
  });

  it('are listed with what started them', async () => {
    const own = (await listProcesses(platform)).find(({ pid }) => pid === process.pid);
    expect(own).toMatchObject({ parent: process.ppid });
    expect(own?.command).toContain('node');
  });
});

it('reads a variable of a process', async () => {
  expect(await variableOf(process.pid, 'PATH', 'linux')).toBeTruthy();
  expect(await variableOf(process.pid, 'NO_SUCH_VARIABLE', 'linux')).toBeUndefined();
});

it('takes the list of ps apart', () => {
  expect(parseProcesses('    1     0 /sbin/launchd\n  412   1 /usr/bin/some thing -x\n')).toEqual([
    { pid: 1, parent: 0, command: '/sbin/launchd' },
    { pid: 412, parent: 1, command: '/usr/bin/some thing -x' },
  ]);
});

describe('a cache that is not ours', () => {
  it('is refused by name, owner and way on, before anything is changed', async () => {
    const refuse = () => Promise.reject(new Error('EACCES'));
    await expect(requireWritable(join(cache.path(), 'not', 'there'), refuse)).rejects.toThrow(
      /the cache .*\/not\/there lacks what this run needs, and \S+ may not write to it \(it belongs to user id \d+\)[\s\S]*HARDWAY_CACHE/,
    );
    await expect(requireWritable(cache.path())).resolves.toBeUndefined();
  });
});

describe('what is built', () => {
  it('is for Linux where machines install it, and for this computer where it is its own tool', () => {
    expect(goEnv('arm64')).toMatchObject({ GOOS: 'linux', GOARCH: 'arm64' });
    expect(goEnv('arm64', false, 'darwin')).toMatchObject({ GOOS: 'darwin' });
  });

  it('is refused on macOS where it takes a C compiler for Linux', async () => {
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    try {
      const context = { outDir: '', workDir: '', log: () => undefined, run: async () => '' };
      await expect(ensureCompiler(context, 'runc 1.5.2', 'arm64')).rejects.toThrow(
        'building runc 1.5.2, which needs a C compiler, needs Linux, and this computer runs macOS',
      );
    } finally {
      Object.defineProperty(process, 'platform', { value: 'linux' });
    }
  });
});
