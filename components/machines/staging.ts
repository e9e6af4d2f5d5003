import * as pulumi from '@pulumi/pulumi';
import type { Artifact } from '../../config/artifacts.ts';
import { mirrorUrl } from '../../config/artifacts.ts';
import type { StagedArtifact } from '../remote/bundle.ts';

/**
 * The files among a machine's artifacts as it is to fetch them.
 *
 * @param mirror base URL of a mirror that serves by the publishers' hosts and paths; empty for the publishers themselves.
 * @throws Error when the lock has no checksum for one: nothing unverified goes onto a machine.
 */
export function stagedArtifacts(artifacts: readonly Artifact[], mirror: string): StagedArtifact[] {
  return artifacts
    .filter((one) => one.kind === 'file')
    .map((one) => {
      if (one.sha256 === null) {
        throw new pulumi.RunError(
          `the artifact lock has no checksum of ${one.id}. "make up" and "make preview" fetch or build it first and ` +
            'record one; the publishers\' own are written into the lock by "node toolchain/main.ts lock".',
        );
      }
      return {
        name: one.group,
        version: one.version,
        url: mirrorUrl(mirror, one.url),
        sha256: one.sha256,
        archive: one.members !== undefined,
        members: one.members ?? { [one.name]: one.name },
      };
    });
}
