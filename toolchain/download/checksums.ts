/**
 * The sha256 of one file out of a publisher's checksum file, or undefined.
 * Understands a lone sum, `sum  name` lines (sha256sum's), and `SHA256 (name) = sum` lines (BSD's).
 */
export function findChecksum(text: string, fileName: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  for (const line of lines) {
    const listed = /^([0-9a-fA-F]{64})\s+\*?(?:\S*\/)?(\S+)$/.exec(line) ?? undefined;
    if (listed?.[1] && listed[2] === fileName) return listed[1].toLowerCase();
    const tagged = /^SHA256 \((?:\S*\/)?(\S+)\) = ([0-9a-fA-F]{64})$/.exec(line) ?? undefined;
    if (tagged?.[2] && tagged[1] === fileName) return tagged[2].toLowerCase();
  }
  const filled = lines.filter(Boolean);
  const alone = filled.length === 1 ? /^[0-9a-fA-F]{64}$/.exec(filled[0] ?? '') : null;
  return alone?.[0].toLowerCase();
}
