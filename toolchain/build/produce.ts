import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { openLog, type PackageLog, partFailure } from '../cache/log.ts';
import { binDir } from '../cache/paths.ts';
import { dropOtherKeys, type Finished, findCached, linkPackage, makePackage } from '../cache/store.ts';
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

async function fetchInto(wanted: Download, { outDir, keepDir }: Dirs, log: PackageLog): Promise<void> {
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
export async function installPackage(step: Step): Promise<Finished> {
  const { pkg, source } = step;
  // Another run, or a hand, may have finished it since it was found missing.
  const { finished: already } = await findCached(pkg, source, await goVersion());
  if (already) {
    await linkPackage(pkg, already.dir);
    return already;
  }
  const log = await openLog(pkg.id);
  try {
    const finished = await makePackage(pkg, source, await goVersion(), async (dirs) => {
      if (source === 'build') await pkg.build?.produce({ ...dirs, log: log.log, run: log.run });
      else if (pkg.download) await fetchInto(pkg.download, dirs, log);
    });
    await linkPackage(pkg, finished.dir);
    await dropOtherKeys(pkg, finished.dir);
    return finished;
  } catch (error) {
    await log.close();
    throw await partFailure(pkg.title, source === 'build' ? 'building' : 'downloading', log, error);
  } finally {
    await log.close();
  }
}
