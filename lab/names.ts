import { createHash } from 'node:crypto';
import { LabError } from './errors.ts';

/** Label that names the lab on every container and network of it. */
export const labLabel = 'hardway.lab';
/** Label of a lab's network: which stack made it, so that no other takes its machines over. */
export const ownerLabel = 'hardway.owner';
/** Label with the short name inside the lab (`ctl01`, `mirror`). */
export const nameLabel = 'hardway.name';
/** Label with what the container is for: `machine` or `mirror`. */
export const roleLabel = 'hardway.role';
/** Label with the hash of the facts a container was made from. */
export const specLabel = 'hardway.spec';

/** The longest name of a Linux network interface (IFNAMSIZ less the closing zero). */
const interfaceNameLimit = 15;

/** @throws LabError unless `name` can be a host name's label. */
export function checkName(what: string, name: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new LabError(`${what} "${name}" must be lower-case letters, digits and inner hyphens, 63 at most.`);
  }
  return name;
}

/** The container's name of one of a lab's machines. */
export function containerName(lab: string, name: string): string {
  return `${lab}-${name}`;
}

/** The host's bridge interface of a lab: readable where it fits, made unique by a hash where it does not. */
export function bridgeName(lab: string): string {
  const plain = `hw-${lab}`;
  return plain.length <= interfaceNameLimit ? plain : `hw-${lab.slice(0, 5)}-${shortHash(lab, 6)}`;
}

/** The first `length` hexadecimal digits of the text's SHA-256. */
export function shortHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** Hash of the facts a container is made from, the same whatever the order of the keys. */
export function specHash(facts: Readonly<Record<string, string>>): string {
  return shortHash(JSON.stringify(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1))), 16);
}
