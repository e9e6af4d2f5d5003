import { type Lock, readCommittedLock } from '../../artifacts/lock.ts';
import { lockPath } from '../../toolchain/cache/paths.ts';
import { updateLock, versionsOf } from '../../toolchain/lock-update.ts';

/** How many entries have a sum, of how many that can have one. */
function pins({ artifacts, tools }: Lock): string {
  const files = artifacts.filter(({ kind }) => kind === 'file');
  const images = artifacts.filter(({ kind, url }) => kind === 'image' && !url.startsWith('registry.hardway.local/'));
  const counted = (entries: readonly { sha256: string | null }[], what: string) =>
    `${entries.filter(({ sha256 }) => sha256 !== null).length} of ${entries.length} ${what}`;
  return [counted(files, 'files'), counted(images, 'images'), counted(tools, 'tools')].join(', ');
}

/** `id: reason` lines by their reasons. */
function byReason(failures: readonly string[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const failure of failures) {
    const at = failure.indexOf(': ');
    const reason = failure.slice(at + 2);
    ids.set(reason, [...(ids.get(reason) ?? []), failure.slice(0, at)]);
  }
  return ids;
}

/**
 * `make lock`: pins the checksums of everything that is installed, from its publishers' lists.
 *
 * @param add - versions to add, as `group=version`
 * @param print - gets the lines
 * @param path - the lock
 * @returns the exit status: 1 where a file stays without a checksum
 */
export async function lock(add: readonly string[], print: (line: string) => void, path = lockPath()): Promise<number> {
  const { lock: written, failures } = await updateLock(path, readCommittedLock(path), add);
  const versions = Object.entries(versionsOf(written.artifacts)).map(([group, list]) => `${group} ${list.join(', ')}`);
  print(`the lock has ${versions.join('; ')}`);
  print(`pinned: ${pins(written)}`);
  if (failures.length === 0) return 0;
  print(`no checksum is known of ${failures.length}:`);
  for (const [reason, ids] of byReason(failures)) print(`  - ${reason}:\n      ${ids.join('\n      ')}`);
  print('Fix: run "make lock" where the publishers answer, and commit artifacts/artifacts.lock.json');
  return 1;
}
