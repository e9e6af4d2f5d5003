import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { binDir, repoDir, stateDir } from '../../toolchain/cache/paths.ts';
import { type Environment, envFile, hasOwnBackend, pulumiEnvironment } from './env-file.ts';

/** Where this repository's Pulumi lives, and the variables to run it with. */
export interface Workspace {
  /** The repository's root: where the program is. */
  readonly repoDir: string;
  /** `.hardway`. */
  readonly stateDir: string;
  /** `.hardway/logs`. */
  readonly logsDir: string;
  /** Variables for the Pulumi CLI, to be put over those of this process. */
  readonly environment: Environment;
  /** The folder of the file backend, or undefined when the user brings a backend of their own. */
  readonly backendDir: string | undefined;
}

/** Makes the folders, the passphrase (once) and `.hardway/env`; safe to call again. */
export async function openWorkspace(user: NodeJS.ProcessEnv = process.env): Promise<Workspace> {
  const state = stateDir();
  const logsDir = join(state, 'logs');
  const own = hasOwnBackend(user, state);
  const environment = pulumiEnvironment({ stateDir: state, binDir: binDir(), user });
  await mkdir(join(state, 'state'), { recursive: true });
  await chmod(state, 0o700);
  await mkdir(logsDir, { recursive: true });
  if (!own) {
    await mkdir(join(state, 'pulumi'), { recursive: true });
    await makePassphrase(join(state, 'passphrase'));
  }
  await writeIfChanged(join(state, 'env'), envFile(environment, binDir()));
  return {
    repoDir: repoDir(),
    stateDir: state,
    logsDir,
    environment,
    backendDir: own ? undefined : join(state, 'state'),
  };
}

/** Writes 32 random bytes, unless there is a passphrase already: losing one means losing the state's secrets. */
export async function makePassphrase(path: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => '')).trim() !== '') return;
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(randomBytes(32).toString('base64url'));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeIfChanged(path: string, content: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === content) return;
  await writeFile(path, content);
}
