import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellQuote } from './shell.ts';

/** Shell code that a script gets as it is, in place of a word. */
export interface ShellCode {
  readonly code: string;
}

/** What stands for a placeholder: a text, which becomes one word or a part of one, or code. */
export type ScriptValues = Readonly<Record<string, string | number | ShellCode>>;

/**
 * The script of a `.sh` file as a machine gets it: `__NAME__` is replaced by the value of NAME, and `$ROOT`, which is
 * where tests put a machine's files, by nothing. Directives for shellcheck stay behind.
 *
 * @param folder - the folder of the file: `import.meta.dirname` of the module that uses it
 * @throws Error when a placeholder has no value, a value no placeholder, or a text would be more than a part of a word
 */
export function readScript(folder: string, name: string, values: ScriptValues = {}): string {
  const text = readFileSync(join(folder, name), 'utf8')
    .replaceAll('$ROOT', '')
    .replaceAll(/^[ \t]*# shellcheck .*\n/gm, '');
  const used = new Set<string>();
  const filled = text.replaceAll(/__([A-Z]+(?:_[A-Z]+)*)__/g, (placeholder, key: string, at: number) => {
    const value = values[key];
    if (value === undefined) throw new Error(`${name}: ${placeholder} has no value`);
    used.add(key);
    if (typeof value === 'object') return value.code;
    const before = text[at - 1] ?? '\n';
    const after = text[at + placeholder.length] ?? '\n';
    const isWord = /[\s=;]/.test(before) && /[\s;)]/.test(after);
    return isWord ? shellQuote(String(value)) : partOfWord(name, placeholder, String(value));
  });
  const unused = Object.keys(values).filter((key) => !used.has(key));
  if (unused.length > 0) throw new Error(`${name} has no placeholder for ${unused.join(', ')}`);
  return filled;
}

/**
 * The lines of a script without comments: for scripts that are put together out of several, and end in command texts.
 *
 * @throws as {@link readScript}
 */
export function scriptLines(folder: string, name: string, values: ScriptValues = {}): string[] {
  return readScript(folder, name, values)
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line));
}

/** A text inside quotes or next to other characters, where quotes would become part of it. */
function partOfWord(name: string, placeholder: string, text: string): string {
  if (/["'`$\\\n\0]/.test(text)) {
    throw new Error(`${name}: ${JSON.stringify(text)} cannot be a part of a word, as ${placeholder} is`);
  }
  return text;
}
