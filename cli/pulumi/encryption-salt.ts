import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * What a stack file looks like once the salt that Pulumi wrote into it is taken out again, or undefined when something
 * else changed too (then the new text stands). The salt belongs to one checkout's passphrase: committed, it would lock
 * every other checkout out. The state keeps it.
 *
 * @param before - the file's text before the run
 * @param after - and after it
 */
export function withoutNewSalt(before: string, after: string): string | undefined {
  if (before === after || /^encryptionsalt:/m.test(before) || !/^encryptionsalt:/m.test(after)) return undefined;
  const meaning = (text: string) =>
    text
      .split('\n')
      .filter((line) => !/^\s*(#|$)/.test(line) && !/^encryptionsalt:/.test(line))
      .map((line) => line.replaceAll(/["'\s]|#.*$/g, ''))
      .join('\n');
  return meaning(before) === meaning(after) ? before : undefined;
}

/**
 * Runs something that may write a salt into a stack file, and takes the salt out afterwards. What the file looked like
 * is kept in the state folder meanwhile, so that the next run takes out what a killed one left.
 */
export async function keepEncryptionSaltOut<T>(path: string, run: () => Promise<T>): Promise<T> {
  const memo = join(dirname(path), '.hardway', `${basename(path)}.before`);
  await restore(path, await text(memo));
  const before = await text(path);
  // Only a precaution: where there is no such folder, there is no state to lose either.
  if (before !== undefined) await writeFile(memo, before).catch(() => undefined);
  try {
    return await run();
  } finally {
    await restore(path, before);
    await rm(memo, { force: true });
  }
}

/**
 * Takes out of a stack file the salt that plain `pulumi` wrote into it, where the state has one and the file has no
 * encrypted value that would need its own; says so.
 *
 * @param seals - the salts of the stack's state
 */
export async function dropStrayedSalt(
  path: string,
  seals: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  const written = await text(path);
  const salt = /^encryptionsalt:.*\n?/m.exec(written ?? '');
  if (written === undefined || !salt || seals.length === 0 || /\bsecure:/.test(written)) return;
  await writeFile(path, written.replace(salt[0], ''));
  print(
    `${basename(path)}: removed the encryptionsalt that plain pulumi wrote into it. It belongs to the passphrase of this ` +
      'checkout, whose state keeps it; committed, it would lock every other checkout out',
  );
}

const text = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

async function restore(path: string, before: string | undefined): Promise<void> {
  const after = await text(path);
  const restored = before !== undefined && after !== undefined ? withoutNewSalt(before, after) : undefined;
  if (restored !== undefined) await writeFile(path, restored);
}
