import { createDecipheriv, pbkdf2 } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { UserError } from '../../lib/user-error.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** A passphrase and how people know it. */
export interface Passphrase {
  /** The variable or the file that it comes from. */
  readonly source: string;
  /** Undefined where its source cannot be read. */
  readonly value: string | undefined;
}

const derive = promisify(pbkdf2);

/**
 * Whether a passphrase opens what Pulumi sealed: `v1:<salt>:v1:<nonce>:<ciphertext>`, where the ciphertext is the word
 * `pulumi` in AES-256-GCM, by a key of PBKDF2 with a million rounds of SHA-256.
 */
export async function opens(passphrase: string, sealed: string): Promise<boolean> {
  const [version, salt = '', valueVersion, nonce = '', ciphertext = ''] = sealed.split(':');
  if (version !== 'v1' || valueVersion !== 'v1') return false;
  const key = await derive(passphrase, Buffer.from(salt, 'base64'), 1_000_000, 32, 'sha256');
  const bytes = Buffer.from(ciphertext, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'));
    decipher.setAuthTag(bytes.subarray(-16));
    return `${decipher.update(bytes.subarray(0, -16), undefined, 'utf8')}${decipher.final('utf8')}` === 'pulumi';
  } catch {
    return false;
  }
}

/** The passphrase that Pulumi would take out of a user's environment: the variable, even an empty one, before the file. */
export async function passphraseOf(user: Variables, ownFile: string): Promise<Passphrase | undefined> {
  if (user.PULUMI_CONFIG_PASSPHRASE !== undefined) {
    return { source: 'PULUMI_CONFIG_PASSPHRASE', value: user.PULUMI_CONFIG_PASSPHRASE };
  }
  const file = user.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (!file || file === ownFile) return undefined;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return { source: 'PULUMI_CONFIG_PASSPHRASE_FILE', value: text?.trim() };
}

const stateSchema = z.object({
  checkpoint: z.object({
    latest: z
      .object({
        secrets_providers: z
          .object({ type: z.string(), state: z.object({ salt: z.string().optional() }).nullish() })
          .nullish(),
      })
      .nullish(),
  }),
});

/** The folder of the stacks' states in a file backend. */
const stacksDir = (backendDir: string): string => join(backendDir, '.pulumi', 'stacks', 'hardway');

/** The stacks that a file backend knows. */
export async function stacksIn(backendDir: string): Promise<string[]> {
  const names = await readdir(stacksDir(backendDir)).catch(() => []);
  return names.flatMap((name) => /^(.+)\.json(?:\.gz)?$/.exec(name)?.[1] ?? []).sort();
}

/**
 * What seals a stack: the salt of its state and, where it has one, of its stack file. Empty for a stack that is not
 * known, has no secrets, or is sealed in another way.
 *
 * @param stackFile - path of `Pulumi.<stack>.yaml`
 */
export async function sealsOf(backendDir: string, stack: string, stackFile: string): Promise<string[]> {
  const path = join(stacksDir(backendDir), `${stack}.json`);
  const plain = await readFile(path).catch(() => undefined);
  const zipped = plain ? undefined : await readFile(`${path}.gz`).catch(() => undefined);
  const text = plain ?? (zipped && (await promisify(gunzip)(zipped)));
  const state = text && stateSchema.safeParse(JSON.parse(text.toString()));
  const provider = state?.success ? state.data.checkpoint.latest?.secrets_providers : undefined;
  const written = /^encryptionsalt:\s*["']?([^\s"']+)/m.exec(await readFile(stackFile, 'utf8').catch(() => ''))?.[1];
  const known = text !== undefined ? [provider?.type === 'passphrase' ? provider.state?.salt : undefined, written] : [];
  return [...new Set(known.filter((seal) => seal !== undefined))];
}

/** Input of {@link choosePassphrase}. */
export interface Choice {
  readonly stack: string;
  /** What seals the stack; empty for a new one. */
  readonly seals: readonly string[];
  /** This checkout's. */
  readonly own: Passphrase;
  /** The one in the user's environment, if there is one. */
  readonly given: Passphrase | undefined;
  /** Whether a stack that is not there is going to be made. */
  readonly creates: boolean;
}

/** Which passphrase a stack is run with, and what is worth saying about it. */
export interface Chosen {
  readonly use: 'own' | 'given';
  readonly say?: string;
}

async function opensAll({ value }: Passphrase, seals: readonly string[]): Promise<boolean> {
  if (value === undefined || (value === '' && seals.length === 0)) return false;
  return (await Promise.all(seals.map((seal) => opens(value, seal)))).every(Boolean);
}

/**
 * Which of two passphrases opens a stack. A variable that is set for another project must neither seal a new stack
 * silently nor keep this one shut.
 *
 * @throws UserError where none opens the stack, or another than this checkout's would seal a new one
 */
export async function choosePassphrase({ stack, seals, own, given, creates }: Choice): Promise<Chosen> {
  const differs = given !== undefined && given.value !== own.value;
  if (seals.length === 0) {
    if (differs && creates) throw wouldSeal(stack, own, given);
    return { use: 'own' };
  }
  if (await opensAll(own, seals)) {
    return differs
      ? { use: 'own', say: `stack ${stack} is encrypted with ${own.source}: ${given.source} is set and not used` }
      : { use: 'own' };
  }
  if (given && (await opensAll(given, seals))) {
    return {
      use: 'given',
      say: `stack ${stack} is encrypted with the passphrase of ${given.source} and not with ${own.source}: using ${given.source}, keep it`,
    };
  }
  const tried = [own, ...(given ? [given] : [])].map(({ source, value }) =>
    value === undefined || value === '' ? `${source} (${value === '' ? 'empty' : 'not readable'})` : source,
  );
  throw new UserError(
    `the passphrase does not open stack ${stack}: tried ${tried.join(' and ')}. Its secrets cannot be read; nothing was changed`,
    {
      fix:
        `put the passphrase that the stack was created with into ${own.source}, from your backup of it, or set ` +
        'PULUMI_CONFIG_PASSPHRASE to it',
    },
  );
}

function wouldSeal(stack: string, own: Passphrase, given: Passphrase): UserError {
  return new UserError(
    `${given.source} is set and is not this checkout's passphrase (${own.source}): Pulumi would encrypt the new stack ` +
      `${stack} with it, and no run without the variable could open it; nothing was changed`,
    {
      fix:
        `unset ${given.source}. To use a passphrase of your own for the stacks of this checkout, write it into ` +
        `${own.source} before the first "make up"`,
    },
  );
}
