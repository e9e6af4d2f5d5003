import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLock } from '../../artifacts/lock.ts';
import { readHostRecord } from '../../config/host-record.ts';
import { parse } from '../../config/parse.ts';
import { readStackFile } from '../../config/stack-file.ts';
import { binDir, cacheDir, repoDir, stateDir } from '../../toolchain/cache/paths.ts';
import { dropStrayedSalt } from './encryption-salt.ts';
import { type Environment, envFile, hasOwnBackend, pulumiEnvironment } from './env-file.ts';
import { directAddresses, keepOffProxy } from './no-proxy.ts';
import { choosePassphrase, passphraseOf, sealsOf, stacksIn } from './passphrase.ts';

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

/** Options of {@link openWorkspace}, each with a default. */
export interface HomeOptions {
  /** The stack that is going to be worked on: its passphrase is checked before anything is changed. */
  readonly stack?: string;
  /** Whether the stack is made where there is none. Default false. */
  readonly creates?: boolean;
  /** Where lines go. Default nowhere. */
  readonly print?: (line: string) => void;
  /** The environment of whoever runs the command. Default this process's. */
  readonly user?: NodeJS.ProcessEnv;
  /** The root of the checkout. Default this one's. */
  readonly checkout?: string;
}

/**
 * Makes the folders, the passphrase (once) and `.hardway/env`, and keeps what is near off the proxy for all that this
 * process starts; safe to call again.
 *
 * @throws UserError where the stack cannot be opened, or would be sealed with a passphrase of another project
 */
export async function openWorkspace(options: HomeOptions = {}): Promise<Workspace> {
  const { stack, creates = false, print = () => undefined, user = process.env, checkout = repoDir() } = options;
  const state = checkout === repoDir() ? stateDir() : join(checkout, '.hardway');
  const logsDir = join(state, 'logs');
  const backendDir = join(state, 'state');
  const own = hasOwnBackend(user, state);
  await mkdir(backendDir, { recursive: true });
  await chmod(state, 0o700);
  await mkdir(logsDir, { recursive: true });
  let givenPassphrase = false;
  if (!own) {
    await mkdir(join(state, 'pulumi'), { recursive: true });
    const passphrase = join(state, 'passphrase');
    // A new one in the place of one that was lost would open none of the stacks.
    if ((await stacksIn(backendDir)).length === 0) await makePassphrase(passphrase);
    if (stack !== undefined) {
      const file = join(checkout, `Pulumi.${stack}.yaml`);
      const { use, say } = await choosePassphrase({
        stack,
        creates,
        seals: await sealsOf(backendDir, stack, file),
        own: { source: '.hardway/passphrase', value: await readTrimmed(passphrase) },
        given: await passphraseOf(user, passphrase),
      });
      if (say) print(say);
      givenPassphrase = use === 'given';
      await dropStrayedSalt(file, await sealsOf(backendDir, stack, '/dev/null'), print);
    }
  }
  const around = { stateDir: state, binDir: binDir(), cacheDir: cacheDir(), user };
  const environment = pulumiEnvironment({ ...around, givenPassphrase });
  const direct = await directOfAll(checkout);
  keepOffProxy(user, direct);
  const plain = pulumiEnvironment(around);
  await writeIfChanged(join(state, 'env'), envFile(plain, binDir(), direct));
  return { repoDir: checkout, stateDir: state, logsDir, environment, backendDir: own ? undefined : backendDir };
}

/** What no proxy is asked for: the addresses of every stack in the folder, as far as their files can be read. */
async function directOfAll(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
  const lock = readLock();
  const found = names.sort().flatMap((stack) => {
    try {
      const { config } = parse(readStackFile(stack, folder), { stack, lock, record: readHostRecord(stack, folder) });
      return config ? directAddresses(config) : [];
    } catch {
      // A stack file that cannot be read is for the verb that works on it to refuse.
      return [];
    }
  });
  return [...new Set(found)];
}

async function readTrimmed(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text?.trim() || undefined;
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
