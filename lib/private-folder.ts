/** Files that hold secrets and that no run leaves behind: a kubeconfig for kubectl, which reads no other way. */
import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { endingSignals } from './interruption.ts';
import { lives } from './processes.ts';

const DAY = 24 * 3600 * 1000;

/**
 * Removes what killed runs left. A folder is named `<computer>_<process>_<random>`; one of another computer (or of a
 * container that shares the checkout) goes when it is a day old.
 */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [computer = '', pid] = name.split('_');
    const age = Date.now() - (await stat(join(parent, name)).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (age > DAY || lives({ computer, pid: Number(pid), begun: '' }) === false) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

/** Who ends the job when this process gets a signal. */
export interface PrivateFolderOptions {
  /** Whether the caller handles signals, so that the job ends by itself. Default false: the folder goes at once. */
  readonly handlesSignals?: boolean;
}

/**
 * Does something with a folder that only its owner reads, and removes it afterwards: also when the process is ended by a
 * signal. What a run left that was killed outright, the next one removes.
 *
 * @param parent - where such folders lie, `.hardway/tmp`
 */
export async function withPrivateFolder<T>(
  parent: string,
  job: (folder: string) => Promise<T>,
  { handlesSignals = false }: PrivateFolderOptions = {},
): Promise<T> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  await chmod(parent, 0o700);
  await sweep(parent);
  const folder = await mkdtemp(join(parent, `${hostname()}_${process.pid}_`));
  const removeNow = (): void => rmSync(folder, { recursive: true, force: true });
  const onSignal = (signal: NodeJS.Signals): void => {
    removeNow();
    release();
    // Without a handler of ours, the signal ends the process as it would have.
    process.kill(process.pid, signal);
  };
  const release = (): void => {
    process.off('exit', removeNow);
    for (const signal of endingSignals) process.off(signal, onSignal);
  };
  process.on('exit', removeNow);
  if (!handlesSignals) for (const signal of endingSignals) process.on(signal, onSignal);
  try {
    return await job(folder);
  } finally {
    release();
    await rm(folder, { recursive: true, force: true });
  }
}
