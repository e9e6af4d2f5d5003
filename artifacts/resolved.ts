import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type Artifact, mirrorPath } from '../toolchain/artifacts.ts';
import { resolvedPath } from '../toolchain/cache/paths.ts';
import type { Finished } from '../toolchain/cache/store.ts';
import type { ResolvedArtifacts } from './lock.ts';

/** The sums of finished artifacts. */
export function describeResolved(artifacts: readonly { artifact: Artifact; finished: Finished }[]): ResolvedArtifacts {
  const provided: ResolvedArtifacts = {};
  for (const { artifact, finished } of artifacts) {
    const file = finished.record.files[basename(mirrorPath(artifact))];
    if (file) provided[artifact.id] = { sha256: file.sha256, source: finished.record.source };
  }
  return provided;
}

/** Adds to the record of what is provided; entries of artifacts that are not asked for now stay. */
export async function recordResolved(added: ResolvedArtifacts, path = resolvedPath()): Promise<void> {
  const before = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as ResolvedArtifacts,
    (): ResolvedArtifacts => ({}),
  );
  const after: ResolvedArtifacts = { ...before };
  // A publisher's sum that is known stays known when something is built.
  for (const [id, sums] of Object.entries(added)) after[id] = { ...before[id], ...sums };
  const sorted = Object.fromEntries(Object.entries(after).sort(([left], [right]) => (left < right ? -1 : 1)));
  const text = `${JSON.stringify(sorted, null, 2)}\n`;
  if (text === `${JSON.stringify(before, null, 2)}\n`) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
