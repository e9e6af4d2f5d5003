import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clearLocks, type Host, isStale, thisHost } from '../../../cli/pulumi/locks.ts';

const ended: number[] = [];

/** A host on which process 10 is an update and process 11 something else. */
const host: Host = {
  hostname: 'here',
  commandOf: async (pid) =>
    ({
      10: '/cache/bin/pulumi up --yes',
      11: '/usr/sbin/sshd -D',
      12: 'pulumi up',
      13: 'pulumi up',
      20: 'node cli/main.ts up',
    })[pid],
  driverOf: async (pid) => ({ 12: 20, 13: 21 })[pid],
  end: (pid) => ended.push(pid),
};

describe('isStale', () => {
  it.each([
    ['its process is gone', { pid: 9, hostname: 'here' }, true],
    ['its process runs', { pid: 10, hostname: 'here' }, false],
    ['its number belongs to something else now', { pid: 11, hostname: 'here' }, true],
    ['it is from another host, where nothing can be known', { pid: 9, hostname: 'there' }, false],
  ])('when %s', async (_, lock, expected) => {
    expect(await isStale(lock, host)).toBe(expected);
  });
});

describe('thisHost', () => {
  it('knows a living process and none for a number that cannot be', async () => {
    expect(await thisHost.commandOf(process.pid)).toContain('node');
    expect(await thisHost.commandOf(2 ** 30)).toBeUndefined();
  });
});

describe('clearLocks', () => {
  let folder: string;
  const lockDir = (stack: string) => join(folder, '.pulumi', 'locks', 'organization', 'hardway', stack);
  const write = async (stack: string, name: string, content: string) => {
    await mkdir(lockDir(stack), { recursive: true });
    await writeFile(join(lockDir(stack), name), content);
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'locks-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('removes the locks of dead updates of this stack only', async () => {
    await write('dev', 'dead.json', JSON.stringify({ pid: 9, hostname: 'here', username: 'me' }));
    await write('dev', 'living.json', JSON.stringify({ pid: 10, hostname: 'here', username: 'me' }));
    await write('e2e', 'dead.json', JSON.stringify({ pid: 9, hostname: 'here', username: 'me' }));
    const { removed, held } = await clearLocks(folder, 'dev', host);
    expect(removed.map(({ pid }) => pid)).toEqual([9]);
    expect(held.map(({ pid }) => pid)).toEqual([10]);
    expect(await readdir(lockDir('dev'))).toEqual(['living.json']);
    expect(await readdir(lockDir('e2e'))).toEqual(['dead.json']);
  });

  it('ends an update whose reader is gone, and no other', async () => {
    await write('dev', 'read.json', JSON.stringify({ pid: 12, hostname: 'here' }));
    await write('dev', 'unread.json', JSON.stringify({ pid: 13, hostname: 'here' }));
    const { removed, held } = await clearLocks(folder, 'dev', host);
    expect(removed.map(({ pid }) => pid)).toEqual([13]);
    expect(held.map(({ pid }) => pid)).toEqual([12]);
    expect(ended).toEqual([13]);
  });

  it('has nothing to do where there never was a lock', async () => {
    expect(await clearLocks(folder, 'dev', host)).toEqual({ removed: [], held: [] });
  });
});
