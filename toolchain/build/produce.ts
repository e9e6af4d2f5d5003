import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { openLog, type PartLog, partFailure } from '../cache/log.ts';
import { binDir } from '../cache/paths.ts';
import { dropOtherKeys, type Finished, linkPart, lookUp, makePart } from '../cache/store.ts';
import { extractMembers } from '../download/archive.ts';
import { download } from '../download/fetch.ts';
import type { Download } from '../plan/package.ts';
import type { Step } from '../plan/plan.ts';
import { goVersion } from './go.ts';

/** Where an image is pulled from: with `HARDWAY_DOWNLOAD_BASE`, a registry that keeps it under its registry's name. */
export function pullReference(download: Extract<Download, { kind: 'image' }>, base?: string): string[] {
  const { reference, digest } = download;
  const pinned = digest ? `${reference.replace(/:[^:/]+$/, '')}@sha256:${digest}` : reference;
  if (!base) return [pinned];
  const insecure = base.startsWith('http://') ? ['--insecure'] : [];
  return [...insecure, `${new URL(base).host}/${pinned}`];
}

interface Dirs {
  outDir: string;
  workDir: string;
  keepDir: string;
}

async function fetchInto(wanted: Download, { outDir, keepDir }: Dirs, log: PartLog): Promise<void> {
  if (wanted.kind === 'image') {
    const source = pullReference(wanted, process.env.HARDWAY_DOWNLOAD_BASE);
    const flags = ['pull', '--format=tarball', '--platform', `linux/${wanted.arch}`];
    const env = { PATH: `${binDir()}:${process.env.PATH}` };
    await log.run('crane', [...flags, ...source, join(outDir, wanted.as)], { env });
    return;
  }
  // A transfer that was cut off goes on in this folder, which outlives the attempt.
  const landed = join(keepDir, wanted.as);
  await download(wanted.file, landed, log.log);
  if (wanted.members) {
    await extractMembers(landed, wanted.members, outDir);
    return;
  }
  await chmod(landed, 0o755);
  await rename(landed, join(outDir, wanted.as));
}

/** Makes one part, with its log, and links it. */
export async function perform(step: Step): Promise<Finished> {
  const { part, source } = step;
  // Another run, or a hand, may have finished it since it was found missing.
  const { finished: already } = await lookUp(part, source, await goVersion());
  if (already) {
    await linkPart(part, already.dir);
    return already;
  }
  const log = await openLog(part.id);
  try {
    const finished = await makePart(part, source, await goVersion(), async (dirs) => {
      if (source === 'build') await part.build?.produce({ ...dirs, log: log.log, run: log.run });
      else if (part.download) await fetchInto(part.download, dirs, log);
    });
    await linkPart(part, finished.dir);
    await dropOtherKeys(part, finished.dir);
    return finished;
  } catch (error) {
    await log.close();
    throw await partFailure(part.title, source === 'build' ? 'building' : 'downloading', log, error);
  } finally {
    await log.close();
  }
}
