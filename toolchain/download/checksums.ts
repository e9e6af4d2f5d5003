/** Sums of one file that a publisher's list has. */
export interface ListedSums {
  sha256?: string;
  sha1?: string;
}

const lengths = { 64: 'sha256', 40: 'sha1' } as const;
const isLength = (length: number): length is keyof typeof lengths => length in lengths;

/**
 * The sums of one file out of a publisher's list. Understands a lone SHA-256, `sum  name` lines (sha256sum's and
 * shasum's, with `*` or `./` before the name, also inside a PGP clear-signed text) and `SHA256 (name) = sum` lines.
 *
 * @param text - the list
 * @param fileName - the file's name, without a folder
 */
export function findChecksums(text: string, fileName: string): ListedSums {
  const found: ListedSums = {};
  const lines = text.split('\n').map((line) => line.trim());
  for (const line of lines) {
    const listed = /^([0-9a-fA-F]+)\s+\*?(?:\S*\/)?(\S+)$/.exec(line);
    const tagged = /^SHA(?:1|256) \((?:\S*\/)?(\S+)\) = ([0-9a-fA-F]+)$/.exec(line);
    const [sum, name] = listed ? [listed[1], listed[2]] : tagged ? [tagged[2], tagged[1]] : [];
    if (sum === undefined || name !== fileName || !isLength(sum.length)) continue;
    found[lengths[sum.length]] ??= sum.toLowerCase();
  }
  const filled = lines.filter(Boolean);
  const alone = filled.length === 1 && /^[0-9a-fA-F]{64}$/.exec(filled[0] ?? '');
  return alone ? { sha256: alone[0].toLowerCase() } : found;
}
