import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTime } from '../../lib/processes.ts';

/** A takeover lasts a moment; a guard older than this was left by a crash, in milliseconds. */
const guardMs = 10_000;

async function ownerOf(lock: string): Promise<{ pid: number; alive: boolean } | undefined> {
  const text = await readFile(join(lock, 'owner'), 'utf8').catch(() => '');
  const [pid, started] = text.trim().split(' ');
  if (!pid) return undefined;
  // A pid alone may have been given to another program since.
  return { pid: Number(pid), alive: (await startTime(Number(pid))) === started && started !== '' };
}

/** A folder name beside the lock that no other call uses. */
function besides(lock: string): string {
  return `${lock}.${process.pid}-${randomUUID()}`;
}

/** Takes the lock if it is free: a folder with its owner's name in it is renamed into place, which is one step. */
async function tryTake(lock: string): Promise<boolean> {
  const fresh = besides(lock);
  await mkdir(fresh);
  await writeFile(join(fresh, 'owner'), `${process.pid} ${await startTime(process.pid)}`);
  try {
    await rename(fresh, lock);
    return true;
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Frees the lock in one step too: a folder that is half removed would belong to nobody. */
async function release(lock: string): Promise<void> {
  const old = besides(lock);
  await rename(lock, old).catch(() => undefined);
  await rm(old, { recursive: true, force: true });
}

async function tryMkdir(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function takeOver(lock: string): Promise<void> {
  const guard = `${lock}.takeover`;
  if (!(await tryMkdir(guard))) {
    const age = await stat(guard).then(
      (info) => Date.now() - info.mtimeMs,
      () => 0,
    );
    if (age > guardMs) await rm(guard, { recursive: true, force: true });
    return;
  }
  try {
    // Looked at again under the guard: another process may have taken the lock over in between.
    if ((await ownerOf(lock))?.alive === false) await release(lock);
  } finally {
    await rm(guard, { recursive: true, force: true });
  }
}

/**
 * Runs `work` while holding a lock folder at `path`. Waits for a living owner, takes over from a dead one.
 * @param onWait is called once, with the owner's process id, when there is something to wait for
 */
export async function withLock<T>(path: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let said = false;
  while (!(await tryTake(path))) {
    const owner = await ownerOf(path);
    if (owner && !owner.alive) {
      await takeOver(path);
      continue;
    }
    if (owner && !said) {
      said = true;
      onWait(owner.pid);
    }
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    await release(path);
  }
}
