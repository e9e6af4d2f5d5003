import { chmod, copyFile, link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordChecksum } from '../cache/learned.ts';
import { openLog, type PackageLog, partFailure } from '../cache/log.ts';
import { binDir } from '../cache/paths.ts';
import { dropOtherKeys, type Finished, findCached, linkPackage, makePackage } from '../cache/store.ts';
import { extractMembers } from '../download/archive.ts';
import { diskError, download } from '../download/fetch.ts';
import { describeSum } from '../download/sums.ts';
import type { Download } from '../plan/package.ts';
import type { Step } from '../plan/plan.ts';
import { goVersion } from './go.ts';

/** Addresses of this computer itself, where plain HTTP crosses no network. */
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Where an image is pulled from: with `HARDWAY_DOWNLOAD_BASE`, a registry that keeps it under its registry's name. One
 * without TLS only on this computer, or where `HARDWAY_INSECURE_REGISTRY=1` says so.
 */
export function pullReference(
  download: Extract<Download, { kind: 'image' }>,
  env: NodeJS.ProcessEnv = process.env,
): string[] {
  const { reference, digest } = download;
  const base = env.HARDWAY_DOWNLOAD_BASE;
  const pinned = digest ? `${reference.replace(/:[^:/]+$/, '')}@sha256:${digest}` : reference;
  if (!base) return [pinned];
  const { protocol, hostname, host } = new URL(base);
  const insecure = protocol === 'http:' && (loopback.test(hostname) || env.HARDWAY_INSECURE_REGISTRY === '1');
  return [...(insecure ? ['--insecure'] : []), `${host}/${pinned}`];
}

/** crane's environment: it reads no NODE_EXTRA_CA_CERTS, and looks into the system's folder of authorities besides. */
export function craneEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const path = `${binDir()}:${env.PATH}`;
  const extra = env.NODE_EXTRA_CA_CERTS;
  return { PATH: path, ...(extra && !env.SSL_CERT_FILE ? { SSL_CERT_FILE: extra } : {}) };
}

interface Dirs {
  outDir: string;
  workDir: string;
  keepDir: string;
}

/** What a step tells while it runs. */
type Say = (line: string) => void;

async function fetchInto(
  title: string,
  wanted: Download,
  { outDir, keepDir }: Dirs,
  log: PackageLog,
  say: Say,
): Promise<string | undefined> {
  if (wanted.kind === 'image') {
    const flags = ['pull', '--format=tarball', '--platform', `linux/${wanted.arch}`];
    await log.run('crane', [...flags, ...pullReference(wanted), join(outDir, wanted.as)], { env: craneEnvironment() });
    return undefined;
  }
  // A file that is cut off, or that cannot be unpacked, stays in this folder, which outlives the attempt.
  const landed = join(keepDir, wanted.as);
  const { sha256, expected } = await download(wanted.file, landed, {
    log: log.log,
    say: (line) => say(`${title}: ${line}`),
  });
  const unpinned = describeSum(title, expected);
  if (unpinned) {
    say(unpinned);
    await recordChecksum(wanted.file.url, sha256);
  }
  try {
    if (wanted.members) await extractMembers(landed, wanted.members, outDir);
    else {
      const target = join(outDir, wanted.as);
      await rm(target, { force: true });
      await link(landed, target).catch(() => copyFile(landed, target));
      await chmod(target, 0o755);
    }
  } catch (error) {
    throw diskError(error, landed);
  }
  return sha256;
}

/**
 * Makes one part, with its log, and links it.
 *
 * @param say - gets what a person should see at once
 */
export async function installPackage(step: Step, say: Say = () => undefined): Promise<Finished> {
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
      if (source === 'download' && pkg.download) return await fetchInto(pkg.title, pkg.download, dirs, log, say);
      await pkg.build?.produce({ ...dirs, log: log.log, run: log.run });
      return undefined;
    });
    await linkPackage(pkg, finished.dir);
    await dropOtherKeys(pkg, finished.dir);
    return finished;
  } catch (error) {
    await log.close();
    const image = source === 'download' && pkg.download?.kind === 'image' ? { reference: pkg.download.reference } : {};
    throw await partFailure({ title: pkg.title, source, ...image }, log, error);
  } finally {
    await log.close();
  }
}
