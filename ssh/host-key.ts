/** Host keys: how they are named, compared and asked for. Pure. */
import { createHash } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';

/** Signature algorithms by the type of the key that signs, the better ones first. */
const algorithms: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/** The type of a host key in `<type> <base64>`. */
function typeOf(hostKey: string): string {
  return hostKey.split(' ')[0] ?? '';
}

/**
 * What to ask a server for: the trusted key's own type first, since a server with several keys shows the first type it
 * has. The others follow, so that a server that lost that key shows what it has in its place.
 */
export function algorithmsFor(trusted: string | undefined): ServerHostKeyAlgorithm[] {
  const first = trusted === undefined ? [] : (algorithms[typeOf(trusted)] ?? []);
  const others = Object.values(algorithms).flat();
  return [...first, ...others.filter((each) => !first.includes(each))];
}

/** A key out of its bytes on the wire, `<type> <base64>`. */
export function keyText(wire: Buffer): string {
  const length = wire.readUInt32BE(0);
  return `${wire.toString('latin1', 4, 4 + length)} ${wire.toString('base64')}`;
}

/** Whether two keys are the same; what stands behind type and key is a comment, and padding does not count. */
export function sameHostKey(one: string, other: string): boolean {
  return wireOf(one).equals(wireOf(other));
}

function wireOf(hostKey: string): Buffer {
  return Buffer.from(hostKey.split(' ')[1] ?? '', 'base64');
}

/** A key as ssh-keygen -l names it: `SHA256:...`, with its type. */
export function fingerprint(hostKey: string): string {
  const digest = createHash('sha256').update(wireOf(hostKey)).digest('base64').replace(/=+$/, '');
  return `SHA256:${digest} (${typeOf(hostKey)})`;
}
