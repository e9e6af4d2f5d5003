import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openLog } from '../cache/log.ts';
import { cacheDir } from '../cache/paths.ts';
import type { Step } from '../plan/plan.ts';

/**
 * Downloads the modules of later builds while the first is compiled: the network and both cores work at once.
 * @returns a function that stops after the download under way, and waits for it
 */
export function startPrefetch(steps: readonly Step[]): () => Promise<void> {
  let stopped = false;
  const root = join(cacheDir(), 'prefetch');
  const work = async () => {
    const log = await openLog('prefetch');
    for (const [index, step] of steps.entries()) {
      if (stopped || !step.pkg.build?.prefetch) continue;
      const workDir = join(root, String(index));
      await mkdir(workDir, { recursive: true });
      // A failure here shows again, with its message, where the part is built.
      await step.pkg.build.prefetch({ outDir: workDir, workDir, log: log.log, run: log.run }).catch(() => undefined);
    }
    await log.close();
    await rm(root, { recursive: true, force: true });
  };
  const working = rm(root, { recursive: true, force: true })
    .then(work)
    .catch(() => undefined);
  return async () => {
    stopped = true;
    await working;
  };
}
