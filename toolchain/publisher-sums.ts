import type { Artifact, ResolvedArtifacts } from '../artifacts/lock.ts';
import { describeSum, expectedSum } from './download/sums.ts';
import { ToolchainError } from './error.ts';

/** What the publishers say of some artifacts. */
export interface PublisherSums {
  /** The sums, by lock id. */
  readonly known: ResolvedArtifacts;
  /** The artifacts without one, and why. */
  readonly unknown: readonly { readonly artifact: Artifact; readonly error: ToolchainError }[];
}

/**
 * Reads the SHA-256 of files from their publishers' lists, a few kilobytes each; none of the files is downloaded.
 *
 * @param artifacts - files of the lock
 * @param say - gets a line for each sum, and for each wait that a publisher asks for
 */
export async function readPublisherSums(
  artifacts: readonly Artifact[],
  say: (line: string) => void,
): Promise<PublisherSums> {
  const known: ResolvedArtifacts = {};
  const unknown: PublisherSums['unknown'][number][] = [];
  const read = async (artifact: Artifact) => {
    try {
      const found = await expectedSum({ ...artifact, sha256: null }, say);
      known[artifact.id] = { published: found.sum };
      const line = describeSum(`${artifact.name} ${artifact.version} (${artifact.arch})`, found);
      if (line) say(line);
    } catch (error) {
      if (!(error instanceof ToolchainError)) throw error;
      unknown.push({ artifact, error });
    }
  };
  await Promise.all(artifacts.map(read));
  return { known, unknown };
}

/** The error of files whose sums cannot be read, every reason in it once. */
export function unknownSums(unknown: PublisherSums['unknown']): ToolchainError {
  const names = unknown.map(({ artifact }) => artifact.id).join(', ');
  const reasons = unknown.flatMap(({ error }) => error.message.split('\n').filter((line) => /^\s+- /.test(line)));
  return new ToolchainError(
    `no checksum is known of ${names}; machines install nothing unverified, so nothing was changed\n${[...new Set(reasons)].join('\n')}`,
    'run "make lock" where the publishers answer and commit artifacts/artifacts.lock.json, choose versions that it pins, or let machines fetch from a mirror of yours (hardway:artifactMirror)',
  );
}
