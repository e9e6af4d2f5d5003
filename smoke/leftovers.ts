import { lives, type ProcessIdentity, thisProcess } from '../lib/processes.ts';
import type { Kubectl } from './kubectl.ts';

/** Names of namespaces that the smoke test makes. */
const ours = /^hardway-smoke-[0-9a-f]{8}(-home|-next)?$/;

/** Where a namespace says which process made it. */
const ownerKey = 'hardway.local/smoke-owner';

/** How old a namespace of unknown owner must be until it is certainly left over, in milliseconds. No run takes as long. */
const certainly = 30 * 60_000;

/** A namespace as the API lists it. */
export interface NamespaceObject {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Annotations that name this process as a namespace's owner. */
export function ownedHere(): Record<string, string> {
  return { [ownerKey]: JSON.stringify(thisProcess()) };
}

function ownerOf({ metadata }: NamespaceObject): ProcessIdentity | undefined {
  try {
    return JSON.parse(metadata.annotations?.[ownerKey] ?? '') as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Namespaces of smoke tests that are over: their process is dead, or they are older than any run takes. */
export function leftoversIn(items: readonly NamespaceObject[], now = Date.now()): string[] {
  return items
    .filter(({ metadata }) => ours.test(metadata.name) && metadata.deletionTimestamp === undefined)
    .filter((each) => {
      const owner = ownerOf(each);
      const alive = owner === undefined ? 'unknown' : lives(owner);
      if (alive !== 'unknown') return !alive;
      return now - Date.parse(each.metadata.creationTimestamp) > certainly;
    })
    .map(({ metadata }) => metadata.name);
}

/**
 * Removes the namespaces that killed runs left, without waiting for their end. Another run that goes on is left alone.
 *
 * @returns their names
 */
export async function removeLeftovers(kubectl: Kubectl, signal: AbortSignal): Promise<string[]> {
  const listed = await kubectl.run(['get', 'namespaces', '-o', 'json'], { signal });
  const { items = [] } = JSON.parse(listed.trim() || '{}') as { readonly items?: readonly NamespaceObject[] };
  const names = leftoversIn(items);
  if (names.length === 0) return [];
  await kubectl.run(['delete', 'namespace', ...names, '--ignore-not-found', '--wait=false'], { signal });
  return names;
}
