import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withPrivateFolder } from '../../lib/private-folder.ts';

let parent = '';
beforeEach(() => {
  parent = join(mkdtempSync(join(tmpdir(), 'hardway-private-')), 'tmp');
});
afterEach(() => rmSync(join(parent, '..'), { recursive: true, force: true }));

const mode = (path: string): number => statSync(path).mode & 0o777;

/** A process of its own that has a folder with a secret and waits. */
async function other(): Promise<{ child: ReturnType<typeof spawn>; ended: Promise<NodeJS.Signals | null> }> {
  const code = `
    import { writeFileSync } from 'node:fs';
    import { withPrivateFolder } from ${JSON.stringify(join(import.meta.dirname, '../../lib/private-folder.ts'))};
    await withPrivateFolder(${JSON.stringify(parent)}, async (folder) => {
      writeFileSync(folder + '/secret', 'x');
      console.log('ready');
      await new Promise((resolve) => setTimeout(resolve, 60000));
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_, signal) => resolve(signal)));
  await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
  return { child, ended };
}

describe('a private folder', () => {
  it('is there for its job alone, and nobody else reads it', async () => {
    const found = await withPrivateFolder(parent, async (folder) => {
      writeFileSync(join(folder, 'secret'), 'x');
      expect([mode(parent), mode(folder)]).toEqual([0o700, 0o700]);
      return folder;
    });
    expect(existsSync(found)).toBe(false);
  });

  it('is closed to others where its parent stood open, and goes when the job fails', async () => {
    mkdirSync(parent, { mode: 0o755 });
    const failing = withPrivateFolder(parent, async () => {
      expect(mode(parent)).toBe(0o700);
      throw new Error('failed');
    });
    await expect(failing).rejects.toThrow('failed');
    expect(readdirSync(parent)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'goes when %s ends the process, as the signal would',
    async (signal) => {
      const { child, ended } = await other();
      expect(readdirSync(parent)).toHaveLength(1);
      child.kill(signal);
      expect(await ended).toBe(signal);
      expect(readdirSync(parent)).toEqual([]);
    },
  );

  it('of a process that was killed outright goes with the next run', async () => {
    const { child, ended } = await other();
    child.kill('SIGKILL');
    await ended;
    expect(readdirSync(parent)).toHaveLength(1);
    await withPrivateFolder(parent, async (own) => expect(readdirSync(parent)).toEqual([own.split('/').at(-1)]));
  });

  it('of a living process stays, and one of another computer for a day', async () => {
    mkdirSync(parent, { recursive: true });
    const mine = `${hostname()}_${process.pid}_a`;
    const [theirs, old] = ['other_1_b', 'other_1_c'];
    for (const name of [mine, theirs, old, `${hostname()}_${spawnSync('true').pid}_d`]) mkdirSync(join(parent, name));
    const before = new Date(Date.now() - 25 * 3600 * 1000);
    utimesSync(join(parent, old), before, before);
    await withPrivateFolder(parent, async (own) => {
      expect(readdirSync(parent).sort()).toEqual([mine, theirs, own.split('/').at(-1)].sort());
    });
  });
});
