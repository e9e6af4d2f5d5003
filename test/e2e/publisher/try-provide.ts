/** Provides artifacts as `make up` does, with the toolchain's own code: their ids are the arguments. */

import { readCommittedLock } from '../../../artifacts/lock.ts';
import { selectArtifacts } from '../../../toolchain/artifacts.ts';
import { patience } from '../../../toolchain/download/http.ts';
import { ensurePackages } from '../../../toolchain/ensure.ts';
import { artifactPackage } from '../../../toolchain/plan/artifact-packages.ts';
import { probePatience } from '../../../toolchain/plan/sources.ts';

// Silence is not waited for; how long it may last is no matter of these tests.
if (process.env.NO_PATIENCE) for (const each of [patience, probePatience]) each.silenceMs = 500;

const artifacts = selectArtifacts(readCommittedLock().artifacts, process.argv.slice(2));
try {
  await ensurePackages(artifacts.map(artifactPackage), { onProgress: console.log });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
