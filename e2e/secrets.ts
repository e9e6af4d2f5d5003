/** Text that nobody but its owner may see, with a name to speak of it. */
export interface Needle {
  /** What it is, without saying it. */
  readonly name: string;
  readonly text: string;
}

/** The mark by which Pulumi tells a secret in an exported state. */
const secretMark = '4dabf18193072939515e22adb298388d';

/** Marks of any private key, plain and in the three ways base64 can cut it. */
export const keyMarks: readonly Needle[] = [
  { name: 'a private key', text: 'PRIVATE KEY-----' },
  ...[0, 1, 2].map((shift) => ({
    name: 'a private key in base64',
    text: base64Inside('PRIVATE KEY-----', shift),
  })),
];

/** The part of a text's base64 that stays the same whatever stands around it, for one of three places to begin. */
function base64Inside(text: string, shift: number): string {
  const padded = Buffer.from(' '.repeat(shift) + text);
  const begin = Math.ceil((shift * 8) / 6);
  const end = Math.floor((padded.length * 8) / 6);
  return padded.toString('base64').slice(begin, end);
}

/** Every secret of a state exported with `--show-secrets`, as text. */
export function secretTexts(exported: unknown): string[] {
  if (Array.isArray(exported)) return exported.flatMap(secretTexts);
  if (typeof exported !== 'object' || exported === null) return [];
  if (secretMark in exported && 'plaintext' in exported && typeof exported.plaintext === 'string') {
    return leaves(JSON.parse(exported.plaintext));
  }
  return Object.values(exported).flatMap(secretTexts);
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(leaves);
}

/**
 * What to look for: a line out of the middle of each private key, and each secret that looks like 32 random bytes.
 * Certificates, names and addresses, which travel inside secret values too, are no secrets and not looked for.
 */
export function needles(secrets: readonly string[]): Needle[] {
  const found = new Map<string, string>();
  for (const secret of secrets) {
    for (const [, body = ''] of secret.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n([\s\S]*?)-----END/g)) {
      const lines = body.split('\n').filter((line) => line.length >= 40);
      const line = lines[Math.floor(lines.length / 2)];
      if (line) found.set(line, 'a line of a private key');
    }
    if (/^[A-Za-z0-9+/]{43}=$/.test(secret) || /^[0-9a-f]{64}$/.test(secret)) found.set(secret, 'an encryption key');
  }
  return [...found].map(([text, name]) => ({ name, text }));
}

/** Where a needle was found: one line each, without the needle. */
export function findNeedles(where: string, text: string, wanted: readonly Needle[]): string[] {
  return [...new Set(wanted.filter((needle) => text.includes(needle.text)).map(({ name }) => `${where}: ${name}`))];
}
