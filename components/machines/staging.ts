import * as pulumi from '@pulumi/pulumi';
import type { Artifact } from '../../artifacts/lock.ts';
import { mirrorUrl, publishedSum } from '../../artifacts/lock.ts';
import type { StagedArtifact } from '../remote/bundle.ts';

/** What a preview shows in place of a checksum that is not there yet. One word, as the bundle for machines takes it. */
const UNKNOWN_SUM = 'known-once-make-up-has-fetched-or-built-it';

/**
 * The files among a machine's artifacts as it is to fetch them.
 *
 * @param mirror base URL of a mirror that serves by the publishers' hosts and paths; empty for the publishers themselves.
 * @param preview whether nothing will be fetched: a version that was never provided here can then be looked at.
 * @throws RunError when the lock has no checksum for one: nothing unverified goes onto a machine.
 */
export function stagedArtifacts(artifacts: readonly Artifact[], mirror: string, preview: boolean): StagedArtifact[] {
  return (
    artifacts
      .filter((one) => one.kind === 'file')
      // What was built here has a sum of its own: a mirror of ours serves that, and the publishers never do.
      .map((one) => (mirror === '' ? { ...one, sha256: publishedSum(one) } : one))
      .map((one) => {
        if (one.sha256 === null && !preview) {
          throw new pulumi.RunError(
            `no checksum is known for ${one.id}. Fix: run "make up", which reads it from the publisher's list, or ` +
              '"make lock", which also pins it.',
          );
        }
        return {
          name: one.group,
          version: one.version,
          url: mirrorUrl(mirror, one.url),
          sha256: one.sha256 ?? UNKNOWN_SUM,
          archive: one.members !== undefined,
          members: one.members ?? { [one.name]: one.name },
        };
      })
  );
}
