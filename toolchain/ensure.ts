import { join } from 'node:path';
import { readCommittedLock } from '../artifacts/lock.ts';
import { lockedVersions } from '../artifacts/publishers.ts';
import { describeResolved, recordResolved } from '../artifacts/resolved.ts';
import { UserError } from '../lib/user-error.ts';
import { selectArtifacts } from './artifacts.ts';
import { goVersion, provideGo, whyNoBuild } from './build/go.ts';
import { startPrefetch } from './build/prefetch.ts';
import { installPackage } from './build/produce.ts';
import { recordUse } from './cache/checkouts.ts';
import { linkInstalled } from './cache/installed-links.ts';
import { withLock } from './cache/mutex.ts';
import { cacheDir } from './cache/paths.ts';
import { type Finished, linkPackage } from './cache/store.ts';
import { requireWritable } from './cache/writable.ts';
import { artifactPackage, mergePackages, sortArtifacts } from './plan/artifact-packages.ts';
import { dropGoCaches, requireSpace } from './plan/disk.ts';
import type { Package } from './plan/package.ts';
import { type CachedPackage, chooseSources, describeChoice, findAllCached, type Step } from './plan/plan.ts';
import { forcedSource, probePatience, type Reachability, reachability } from './plan/sources.ts';
import { actionlintPackage, type CloudPlugin, shellcheckPackage, toolPackages } from './plan/tools.ts';
import { type Display, defaultDisplay, type Job } from './progress.ts';

/** How to go about it; every field has a default. */
export interface EnsureOptions {
  /** Gets each line of progress; default standard output. On a terminal, a list that is redrawn takes over. */
  onProgress?: (line: string) => void;
  /** Shows progress in another way altogether. */
  display?: Display;
  /** Who is asked whether publishers answer; default one HEAD request per host. */
  reachable?: Reachability;
  /** The cluster's version, which decides kubectl's; default the lock's default. */
  kubernetesVersion?: string;
  /** Clouds whose plugins are tools too; default none. */
  clouds?: readonly CloudPlugin[];
}

/** Downloads at once; builds are one at a time, each uses every core. */
const downloadsAtOnce = 4;

async function link(standing: CachedPackage): Promise<void> {
  if ('installed' in standing) await linkInstalled(standing.pkg, standing.installed);
  else await linkPackage(standing.pkg, standing.finished.dir);
}

function jobsOf(steps: readonly Step[], done: Map<string, Finished>, display: Display): Job[] {
  return steps.map((step) => ({
    title: step.pkg.title,
    verb: step.source === 'build' ? 'building' : 'downloading',
    ...(step.source === 'build' && step.pkg.build ? { expectedSeconds: step.pkg.build.expectedSeconds } : {}),
    run: async () => {
      done.set(step.pkg.id, await installPackage(step, display.line));
    },
  }));
}

async function make(steps: readonly Step[], display: Display): Promise<Map<string, Finished>> {
  for (const step of steps) display.line(describeChoice(step));
  await requireSpace(steps);
  const done = new Map<string, Finished>();
  const isImage = (step: Step) => step.pkg.download?.kind === 'image';
  const builds = steps.filter((step) => step.source === 'build');
  const files = steps.filter((step) => step.source === 'download' && !isImage(step));
  // Images are pulled with crane, which is a part itself.
  const images = steps.filter((step) => step.source === 'download' && isImage(step));
  const total = steps.length;
  const stopPrefetch = startPrefetch(builds.slice(1));
  try {
    await display.runAll(jobsOf(files, done, display), { first: 1, total }, downloadsAtOnce);
    await display.runAll(jobsOf(builds, done, display), { first: 1 + files.length, total }, 1);
    await display.runAll(
      jobsOf(images, done, display),
      { first: 1 + files.length + builds.length, total },
      downloadsAtOnce,
    );
  } finally {
    await stopPrefetch();
  }
  if (builds.length > 0) await dropGoCaches();
  return done;
}

/**
 * Makes every part stand and its links name it. What stands already costs a look at each file.
 * @returns the finished parts by id; programs that were installed before are not among them
 */
export async function ensurePackages(
  packages: readonly Package[],
  options: EnsureOptions = {},
): Promise<Map<string, Finished>> {
  const display = options.display ?? defaultDisplay(options.onProgress);
  const forced = forcedSource();
  const version = await goVersion();
  const finished = new Map<string, Finished>();
  const settle = async (standing: readonly CachedPackage[]) => {
    for (const entry of standing) {
      await link(entry);
      if ('finished' in entry) finished.set(entry.pkg.id, entry.finished);
    }
    await recordUse(Object.fromEntries([...finished].map(([id, { dir }]) => [id, dir])));
  };
  const first = await findAllCached(packages, forced, version);
  await settle(first.standing);
  if (first.missing.length === 0) return finished;
  await requireWritable(cacheDir());
  const onWait = (pid: number) => display.line(`another hardway run (process ${pid}) is making parts, waiting for it`);
  await withLock(join(cacheDir(), 'locks', 'toolchain.lock'), onWait, async () => {
    // The run that was waited for may have made them.
    const now = await findAllCached(first.missing, forced, version);
    await settle(now.standing);
    for (const fault of now.faults) display.line(fault);
    if (now.missing.length === 0) return;
    const reachable = options.reachable ?? reachability(process.env, probePatience, display.line);
    const { steps, notes } = await chooseSources(now.missing, forced, reachable, whyNoBuild);
    for (const note of notes) display.line(note);
    if (steps.some(({ pkg, source }) => source === 'build' && !pkg.build?.withoutGo)) await provideGo(display.line);
    for (const [id, pkg] of await make(steps, display)) finished.set(id, pkg);
    await settle([]);
  });
  return finished;
}

/**
 * Tools and artifacts in one go, so that progress counts over both.
 * @param wanted.tools whether the machine's own tools are wanted
 * @param wanted.artifacts ids of the lock, or references of its images; their sums are recorded for the program
 */
export async function ensureAll(
  wanted: { tools: boolean; artifacts: readonly string[] },
  options: EnsureOptions = {},
): Promise<void> {
  const lock = readCommittedLock();
  const artifacts = sortArtifacts(selectArtifacts(lock.artifacts, wanted.artifacts));
  const kubernetesVersion =
    options.kubernetesVersion ??
    artifacts.find((artifact) => artifact.group === 'kubernetes')?.version ??
    (lockedVersions.kubernetes?.[0] as string);
  const tools = wanted.tools ? await toolPackages(kubernetesVersion, lock, options.clouds) : [];
  const pairs = artifacts.map((artifact) => ({ artifact, pkg: artifactPackage(artifact) }));
  const finished = await ensurePackages(mergePackages([...tools, ...pairs.map(({ pkg }) => pkg)]), options);
  const provided = pairs.flatMap(({ artifact, pkg }) => {
    const result = finished.get(pkg.id);
    return result ? [{ artifact, finished: result }] : [];
  });
  if (provided.length > 0) await recordResolved(describeResolved(provided));
}

/** The engine, its plugins, kubectl and crane in the cache's `bin`. */
export async function ensureTools(options: EnsureOptions = {}): Promise<void> {
  await ensureAll({ tools: true, artifacts: [] }, options);
}

/** A linter alone, which `make test` needs. @returns the program's path */
export async function ensureLinter(name: 'actionlint' | 'shellcheck', options: EnsureOptions = {}): Promise<string> {
  const pkg = name === 'actionlint' ? actionlintPackage(readCommittedLock()) : shellcheckPackage();
  const finished = (await ensurePackages([pkg], options)).get(pkg.id);
  if (!finished) throw new UserError(`${pkg.title} was not made`, { fix: 'run the same command again' });
  return join(finished.dir, name);
}

/** The given artifacts of the lock in the cache's `mirror` and `images`, their sums in `.hardway/artifacts.json`. */
export async function ensureArtifacts(ids: readonly string[], options: EnsureOptions = {}): Promise<void> {
  await ensureAll({ tools: false, artifacts: ids }, options);
}
