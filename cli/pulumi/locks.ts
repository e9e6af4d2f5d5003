import { readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { commandOf, variableOf } from '../../lib/processes.ts';

/** What the file backend writes into a lock. */
export interface Lock {
  readonly pid: number;
  readonly hostname: string;
  readonly username?: string;
  readonly timestamp?: string;
}

/** Variable by which Pulumi's process names the process that reads its events, for as long as that lives. */
export const driverVariable = 'HARDWAY_DRIVER';

/** What is known of the processes of this host. */
export interface Host {
  readonly hostname: string;
  /** The process that a living process names in {@link driverVariable}, if any. */
  driverOf(pid: number): Promise<number | undefined>;
  /** Ends a process at once. */
  end(pid: number): void;
  /** The command of a living process, or undefined when there is no such process (or it is a zombie). */
  commandOf(pid: number): Promise<string | undefined>;
}

/**
 * True when the update that took a lock is over without having given it back: it ran on this host, and its process is
 * gone, or its number belongs to something that is not Pulumi now. A lock of another host is never stale.
 */
export async function isStale(lock: Lock, host: Host): Promise<boolean> {
  if (lock.hostname !== host.hostname) return false;
  const command = await host.commandOf(lock.pid);
  return command === undefined || !/(^|\/)pulumi(\s|$)/.test(command);
}

/** True when the process that reads a running update's events is gone: the update will block. */
async function isAbandoned(lock: Lock, host: Host): Promise<boolean> {
  if (lock.hostname !== host.hostname) return false;
  const driver = await host.driverOf(lock.pid);
  return driver !== undefined && !/\bcli\/main\.ts\b/.test((await host.commandOf(driver)) ?? '');
}

/** This host. */
export const thisHost: Host = {
  hostname: hostname(),
  async driverOf(pid) {
    const value = await variableOf(pid, driverVariable);
    return value === undefined ? undefined : Number(value);
  },
  end(pid) {
    process.kill(pid, 'SIGKILL');
  },
  commandOf: (pid) => commandOf(pid),
};

/** A lock file with what it says. */
export interface LockFile extends Lock {
  readonly path: string;
}

/**
 * The locks of one stack in a file backend.
 *
 * @param backendDir - the folder behind the backend's `file://` address
 */
export async function locksOf(backendDir: string, stack: string): Promise<LockFile[]> {
  const root = join(backendDir, '.pulumi', 'locks');
  const files = await readdir(root, { recursive: true }).catch(() => []);
  const ours = files.filter((file) => file.endsWith('.json') && file.split('/').at(-2) === stack);
  const locks = await Promise.all(ours.map((file) => readLock(join(root, file))));
  return locks.filter((lock) => lock !== undefined);
}

async function readLock(path: string): Promise<LockFile | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { pid, hostname: host, username, timestamp } = JSON.parse(text) as Lock;
    return { path, pid, hostname: host, username, timestamp };
  } catch {
    // Killed while it wrote the lock: nothing is in it that could be held.
    return { path, pid: 0, hostname: hostname() };
  }
}

/** What {@link clearLocks} found. */
export interface ClearedLocks {
  /** Locks of dead updates, now removed. */
  readonly removed: readonly LockFile[];
  /** Locks of updates that still run. */
  readonly held: readonly LockFile[];
}

/** Removes the locks that dead updates left on a stack. */
export async function clearLocks(backendDir: string, stack: string, host: Host = thisHost): Promise<ClearedLocks> {
  const removed: LockFile[] = [];
  const held: LockFile[] = [];
  for (const lock of await locksOf(backendDir, stack)) {
    const abandoned = !(await isStale(lock, host)) && (await isAbandoned(lock, host));
    if (abandoned) host.end(lock.pid);
    if (abandoned || (await isStale(lock, host))) {
      await rm(lock.path, { force: true });
      await rm(`${lock.path}.attrs`, { force: true });
      removed.push(lock);
    } else held.push(lock);
  }
  return { removed, held };
}
