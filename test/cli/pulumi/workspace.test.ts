import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { kubeconfigName, removeKubeconfig, writeKubeconfig } from '../../../cli/output/kubeconfig.ts';
import { follow, LineSplitter } from '../../../cli/pulumi/tail.ts';
import { makePassphrase } from '../../../cli/pulumi/workspace.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'home-'));
});
afterEach(() => rm(folder, { recursive: true }));

const mode = async (path: string) => (await stat(path)).mode & 0o777;

describe('makePassphrase', () => {
  it('makes 32 random bytes that only the owner reads, once', async () => {
    const path = join(folder, 'passphrase');
    await makePassphrase(path);
    const first = await readFile(path, 'utf8');
    expect(Buffer.from(first, 'base64url')).toHaveLength(32);
    expect(await mode(path)).toBe(0o600);
    await makePassphrase(path);
    expect(await readFile(path, 'utf8')).toBe(first);
  });

  it('makes another where an interrupted run left an empty file', async () => {
    const path = join(folder, 'passphrase');
    await writeFile(path, '', { mode: 0o600 });
    await makePassphrase(path);
    expect((await readFile(path, 'utf8')).length).toBe(43);
  });
});

describe('kubeconfig', () => {
  it('is named after the stack, but for dev', () => {
    expect(kubeconfigName('dev')).toBe('kubeconfig');
    expect(kubeconfigName('e2e')).toBe('kubeconfig-e2e');
  });

  it('is only for its owner, even where a file with wider rights was', async () => {
    const path = join(folder, 'kubeconfig');
    await writeFile(path, 'old', { mode: 0o644 });
    await writeKubeconfig(folder, 'dev', 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await mode(path)).toBe(0o600);
    await removeKubeconfig(folder, 'dev');
    await expect(stat(path)).rejects.toThrow('ENOENT');
    await removeKubeconfig(folder, 'dev');
  });
});

describe('follow', () => {
  it('gives whole lines from a pipe that several open and leave', async () => {
    const path = join(folder, 'events');
    execFileSync('mkfifo', [path]);
    const lines: string[] = [];
    const ended = new AbortController();
    let ticks = 0;
    const write = (text: string) => execFileSync('/bin/sh', ['-c', 'printf %s "$0" 1<>"$1"', text, path]);
    await follow(
      path,
      (more) => lines.push(...more),
      ended.signal,
      () => {
        ticks += 1;
        if (ticks === 1) write('one\ntwo\nhal');
        if (ticks === 2) write('f\n');
        if (ticks === 3) {
          // What was written before the end is read, even when the end comes first.
          write('last\n');
          ended.abort();
        }
      },
    );
    expect(lines).toEqual(['one', 'two', 'half', 'last']);
  });

  it('splits pieces at line ends only', () => {
    const splitter = new LineSplitter();
    expect(splitter.push('a')).toEqual([]);
    expect(splitter.push('b\nc\n\nd')).toEqual(['ab', 'c']);
    expect(splitter.push('\n')).toEqual(['d']);
  });
});
