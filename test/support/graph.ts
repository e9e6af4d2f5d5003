import type { Artifact, Lock } from '../../artifacts/lock.ts';
import type { Registration } from './recorder.ts';

/** Everything a registration comes after: its dependencies, theirs, and so on. */
export function earlierThan(registration: Registration, all: readonly Registration[]): Set<string> {
  const byUrn = new Map(all.map((one) => [one.urn, one]));
  const seen = new Set<string>();
  const visit = (urn: string): void => {
    if (seen.has(urn)) return;
    seen.add(urn);
    for (const dependency of byUrn.get(urn)?.dependencies ?? []) visit(dependency);
  };
  for (const dependency of registration.dependencies) visit(dependency);
  return seen;
}

/** The registration of a type and name. @throws Error that lists what there is. */
export function registered(all: readonly Registration[], type: string, name: string): Registration {
  const found = all.find((one) => one.name === name && one.type === type);
  if (found) return found;
  throw new Error(`no ${type} is named ${name}; there are ${all.map((one) => `${one.type} ${one.name}`).join(', ')}`);
}

/** A lock in which everything has a checksum, as after `make up`: what was provided on this machine must not matter. */
export function withSums(lock: Lock): Lock {
  return {
    ...lock,
    artifacts: lock.artifacts.map((one): Artifact => ({ ...one, sha256: one.sha256 ?? 'a'.repeat(64) })),
  };
}
