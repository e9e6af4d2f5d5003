import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock older than this without an owner's name in it was left by a crash between two system calls. */
const unnamedMs = 10_000;

async function startTime(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function ownerOf(lock: string): Promise<{ pid: number; alive: boolean } | undefined> {
  const text = await readFile(join(lock, 'owner'), 'utf8').catch(() => '');
  const [pid, started] = text.trim().split(' ');
  if (!pid) {
    const age = await stat(lock).then(
      (info) => Date.now() - info.mtimeMs,
      () => 0,
    );
    return age > unnamedMs ? { pid: 0, alive: false } : undefined;
  }
  // A pid alone may have been given to another program since.
  return { pid: Number(pid), alive: (await startTime(Number(pid))) === started && started !== '' };
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
    if (age > unnamedMs) await rm(guard, { recursive: true, force: true });
    return;
  }
  try {
    // Looked at again under the guard: another process may have taken the lock over in between.
    if ((await ownerOf(lock))?.alive === false) await rm(lock, { recursive: true, force: true });
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
  while (!(await tryMkdir(path))) {
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
    await writeFile(join(path, 'owner'), `${process.pid} ${await startTime(process.pid)}`);
    return await work();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}
