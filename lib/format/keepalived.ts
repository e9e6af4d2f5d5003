/** keepalived's configuration as nested values: a line with its words, and a block where it opens one. */

/** One line, or a block with lines of its own. */
export interface KeepalivedLine {
  /** The keyword and what follows it. At least one word. */
  readonly words: readonly (string | number)[];
  /** What stands between the braces. Absent for a simple line. */
  readonly block?: readonly KeepalivedLine[];
}

/** A simple line: `keepalived('advert_int', 0.4)`. */
export function keepalived(...words: [string | number, ...(string | number)[]]): KeepalivedLine {
  return { words };
}

/** A block: `keepalivedBlock(['vrrp_instance', 'api'], [...])`. */
export function keepalivedBlock(
  words: readonly [string, ...string[]],
  block: readonly KeepalivedLine[],
): KeepalivedLine {
  return { words, block };
}

/** The text of a configuration file. */
export function renderKeepalived(lines: readonly KeepalivedLine[]): string {
  return lines.map((line) => renderLine(line, '')).join('');
}

/**
 * One word. keepalived has comments, macros and quotes whose rules differ from place to place, so what would need
 * them is refused.
 *
 * @throws when the word is empty or holds anything that keepalived gives a meaning.
 */
function keepalivedWord(word: string | number): string {
  const text = String(word);
  if (!/^[A-Za-z0-9_./:-]+$/.test(text)) {
    throw new Error(`keepalived.conf cannot hold the word ${JSON.stringify(text)}`);
  }
  return text;
}

function renderLine({ words, block }: KeepalivedLine, indent: string): string {
  const head = `${indent}${words.map(keepalivedWord).join(' ')}`;
  if (block === undefined) return `${head}\n`;
  return `${head} {\n${block.map((inner) => renderLine(inner, `${indent}    `)).join('')}${indent}}\n`;
}
