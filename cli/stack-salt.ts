import { readFile, writeFile } from 'node:fs/promises';

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

/** Runs something that may write a salt into a stack file, and takes the salt out afterwards. */
export async function keepingSaltOut<T>(path: string, run: () => Promise<T>): Promise<T> {
  const before = await readFile(path, 'utf8').catch(() => undefined);
  try {
    return await run();
  } finally {
    const after = await readFile(path, 'utf8').catch(() => undefined);
    const restored = before !== undefined && after !== undefined ? withoutNewSalt(before, after) : undefined;
    if (restored !== undefined) await writeFile(path, restored);
  }
}
