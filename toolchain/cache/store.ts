import { link, lstat, mkdir, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { noGo } from '../build/go.ts';
import type { Package } from '../plan/package.ts';
import { packageKey } from '../plan/package.ts';
import { usedByOthers } from './checkouts.ts';
import { packagesDir } from './paths.ts';
import { findFault, type PackageRecord, readRecord, writeRecord } from './record.ts';

/** A part that stands. */
export interface Finished {
  dir: string;
  record: PackageRecord;
}

/** The final folder of a part. */
export function packageDir(pkg: Package, source: 'download' | 'build', goVersion: string): string {
  return join(packagesDir(), pkg.id, packageKey(pkg, source, goVersion));
}

/** Without Go nothing could be built anew, so what any Go built serves. */
async function existingDir(pkg: Package, source: 'download' | 'build', goVersion: string): Promise<string | undefined> {
  const dir = packageDir(pkg, source, goVersion);
  if (source === 'download' || goVersion !== noGo) return dir;
  const stem = basename(dir).slice(0, -noGo.length);
  const names = await readdir(dirname(dir)).catch(() => []);
  // What takes no Go, an image of Debian's packages for one, is made without one too.
  const name = names.find((entry) => entry === basename(dir) || (entry.startsWith(stem) && /\d$/.test(entry)));
  return name && join(dirname(dir), name);
}

/**
 * Looks for a finished part.
 * @returns the part, or why there is none: undefined where it was never made, else what is wrong with it
 */
export async function findCached(
  pkg: Package,
  source: 'download' | 'build',
  goVersion: string,
): Promise<{ finished?: Finished; fault?: string }> {
  const dir = await existingDir(pkg, source, goVersion);
  const record = dir && (await readRecord(dir));
  if (!record) return {};
  const fault = pinFault(pkg, record) ?? (await findFault(dir, record, pkg.outputs));
  return fault ? { fault } : { finished: { dir, record } };
}

/** A pin that came or changed after the file was fetched decides about that too. */
function pinFault({ download }: Package, { fetched }: PackageRecord): string | undefined {
  if (download?.kind !== 'file' || !download.file.sha256 || !fetched || fetched === download.file.sha256)
    return undefined;
  return `what was downloaded has sha256 ${fetched}, and the lock pins ${download.file.sha256}`;
}

/**
 * Makes a part: `produce` fills a folder that takes its final name only when everything is in it. What an interrupted
 * run left behind is removed first, half-fetched downloads excepted.
 * The caller holds the toolchain's lock.
 *
 * @param produce - fills the folder; gives the SHA-256 of the file that it downloaded, if it downloaded one
 */
export async function makePackage(
  pkg: Package,
  source: 'download' | 'build',
  goVersion: string,
  produce: (dirs: { outDir: string; workDir: string; keepDir: string }) => Promise<string | undefined>,
): Promise<Finished> {
  const dir = packageDir(pkg, source, goVersion);
  const keepDir = `${dir}.partial`;
  const outDir = `${dir}.out`;
  const workDir = `${dir}.work`;
  await Promise.all([outDir, workDir].map((path) => rm(path, { recursive: true, force: true })));
  await Promise.all([outDir, workDir, keepDir].map((path) => mkdir(path, { recursive: true })));
  const fetched = await produce({ outDir, workDir, keepDir });
  const record = await writeRecord(outDir, source, pkg.outputs, fetched);
  await rm(dir, { recursive: true, force: true });
  await rename(outDir, dir);
  await Promise.all([workDir, keepDir].map((path) => rm(path, { recursive: true, force: true })));
  return { dir, record };
}

async function pointsAt(path: string, target: string, kind: 'hard' | 'symbolic'): Promise<boolean> {
  try {
    if (kind === 'symbolic') return (await readlink(path)) === target;
    const [left, right] = await Promise.all([lstat(path), stat(target)]);
    return left.ino === right.ino && left.dev === right.dev;
  } catch {
    return false;
  }
}

/** Makes every link of a part name its file; an existing right one is left alone, a wrong one is replaced in one step. */
export async function linkPackage(pkg: Package, dir: string): Promise<void> {
  for (const { path, output, kind } of pkg.links) {
    const target = join(dir, output);
    if (await pointsAt(path, target, kind)) continue;
    await mkdir(dirname(path), { recursive: true });
    const fresh = `${path}.new-${process.pid}`;
    await rm(fresh, { force: true });
    await (kind === 'symbolic' ? symlink(target, fresh) : link(target, fresh));
    await rename(fresh, path);
  }
}

/**
 * Removes the folders of a part's other keys, so that a changed recipe does not leave the old result for ever. What
 * another checkout uses stays: its `bin` has links into it.
 */
export async function dropOtherKeys(pkg: Package, keep: string): Promise<void> {
  const root = join(packagesDir(), pkg.id);
  const kept = [keep, ...(await usedByOthers(pkg.id))];
  for (const name of await readdir(root).catch(() => [])) {
    const path = join(root, name);
    if (!kept.includes(path) && !name.endsWith('.partial')) await rm(path, { recursive: true, force: true });
  }
}
