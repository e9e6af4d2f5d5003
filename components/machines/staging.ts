import * as pulumi from '@pulumi/pulumi';
import type { Artifact } from '../../artifacts/lock.ts';
import { mirrorUrl, publishedSum } from '../../artifacts/lock.ts';
import type { StagedArtifact } from '../remote/bundle.ts';

/** What a preview shows in place of a checksum that is not known yet. One word, as the bundle for machines needs it. */
const UNKNOWN_SUM = 'known-once-make-up-has-fetched-or-built-it';

/**
 * The files among a machine's artifacts, as the machine fetches them.
 *
 * @param mirror - base URL of a mirror that serves by the publishers' hosts and paths; empty for the publishers themselves.
 * @param preview - whether nothing will be fetched: then a version without a checksum may be shown.
 * @throws RunError when the lock has no checksum for one: nothing unverified goes onto a machine.
 */
export function stagedArtifacts(artifacts: readonly Artifact[], mirror: string, preview: boolean): StagedArtifact[] {
  return (
    artifacts
      .filter((artifact) => artifact.kind === 'file')
      // What was built here has a sum of its own: a mirror of ours serves that, and the publishers never do.
      .map((artifact) => (mirror === '' ? { ...artifact, sha256: publishedSum(artifact) } : artifact))
      .map((artifact) => {
        if (artifact.sha256 === null && !preview) {
          throw new pulumi.RunError(
            `no checksum is known for ${artifact.id}. Fix: run "make up", which reads it from the publisher's list, or ` +
              '"make lock", which also pins it.',
          );
        }
        return {
          name: artifact.group,
          version: artifact.version,
          url: mirrorUrl(mirror, artifact.url),
          sha256: artifact.sha256 ?? UNKNOWN_SUM,
          archive: artifact.members !== undefined,
          members: artifact.members ?? { [artifact.name]: artifact.name },
        };
      })
  );
}
