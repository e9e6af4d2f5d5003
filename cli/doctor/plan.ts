import { type Artifact, publishedSum, readCommittedLock, readLock } from '../../artifacts/lock.ts';
import { artifactsFor, servedByLab } from '../../artifacts/required.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { hasMachineImage } from '../../lab/image.ts';
import { selectArtifacts } from '../../toolchain/artifacts.ts';
import { goVersion, whyNoBuild } from '../../toolchain/build/go.ts';
import { debianOrigin } from '../../toolchain/debian/apt.ts';
import { fixFor } from '../../toolchain/download/failure.ts';
import { artifactPackage, mergePackages, sortArtifacts } from '../../toolchain/plan/artifact-packages.ts';
import { neededBytes } from '../../toolchain/plan/disk.ts';
import type { Download, Package } from '../../toolchain/plan/package.ts';
import { findAllCached, publisherUrls, type Step, weighSources } from '../../toolchain/plan/plan.ts';
import { effectiveUrl, forcedSource, type Reachability, reachability } from '../../toolchain/plan/sources.ts';
import { toolPackages } from '../../toolchain/plan/tools.ts';
import { cloudsOf } from '../prepare.ts';
import { estimatedMegabytes, type SizeProbe, servedBytes } from './sizes.ts';

/** One thing that this computer lacks. */
export interface Missing {
  readonly title: string;
  readonly source: 'download' | 'build';
  /** Where it is downloaded from. */
  readonly host?: string;
  /** Of the download. */
  readonly megabytes?: number;
  /** Whether its publisher said how large it is; else the size is an estimate. */
  readonly exact?: boolean;
  /** Of the build, on two cores with empty caches. */
  readonly seconds?: number;
  /** Why it is built and not downloaded. */
  readonly why?: string;
}

/** A reason why an update cannot start, or starts with something else than one expects. */
export interface Hindrance {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix: string;
}

/** What `make up` would download or build. */
export interface Plan {
  readonly missing: readonly Missing[];
  /** How many packages are in the cache or installed. */
  readonly present: number;
  /** How many files machines fetch themselves whose checksums would be read from their publishers first. */
  readonly sumsToRead: number;
  /** Bytes that all of it may take at its peak. */
  readonly needed: number;
  readonly hindrances: readonly Hindrance[];
}

/** Whom {@link planFor} asks: by default the network, and this computer's engine and cache. */
export interface PlanProbes {
  readonly reachable?: Reachability;
  readonly sizeOf?: SizeProbe;
  /** Whether the lab's machine image exists. */
  readonly hasImage?: () => Promise<boolean>;
}

async function firstReachable(download: Download, reachable: Reachability): Promise<string> {
  const urls = publisherUrls(download);
  for (const url of urls) if (!(await reachable(url))) return url;
  return urls[0] as string;
}

async function describe({ pkg, source, why }: Step, reachable: Reachability, sizeOf: SizeProbe): Promise<Missing> {
  const { title, id, download } = pkg;
  if (source === 'build' || !download) return { title, source: 'build', seconds: pkg.build?.expectedSeconds ?? 0, why };
  const url = await firstReachable(download, reachable);
  const { host } = new URL(effectiveUrl(url));
  const bytes = download.kind === 'file' ? await sizeOf(url) : undefined;
  if (bytes === undefined) return { title, source, host, megabytes: estimatedMegabytes(id), exact: false };
  return { title, source, host, megabytes: Math.ceil(bytes / 1e6), exact: true };
}

/** The artifacts that have to be on this computer, and how many are asked for their sum alone. */
function artifactsOf(config: ClusterConfig): { here: readonly Artifact[]; sumsToRead: number } {
  const lock = readLock();
  if (config.machines === 'lab') return { here: servedByLab(config, lock), sumsToRead: 0 };
  // Machines fetch these files themselves; only their sums are wanted here.
  const sumOf = config.artifactMirror === '' ? publishedSum : ({ sha256 }: Artifact) => sha256;
  const unpinned = artifactsFor(config, lock).filter((file) => file.kind === 'file' && sumOf(file) === null);
  return { here: [], sumsToRead: unpinned.length };
}

async function packagesOf(config: ClusterConfig, here: readonly Artifact[]): Promise<Package[]> {
  const lock = readCommittedLock();
  const artifacts = sortArtifacts(
    selectArtifacts(
      lock.artifacts,
      here.map(({ id }) => id),
    ),
  );
  const tools = await toolPackages(config.kubernetesVersion, lock, cloudsOf(config));
  return mergePackages([...tools, ...artifacts.map((artifact) => artifactPackage(artifact))]);
}

/** The lab's machine image, where it has to be built, and whether Debian's packages can be reached for it. */
async function machineImage(reachable: Reachability): Promise<{ missing: Missing[]; hindrances: Hindrance[] }> {
  const { hosts, probes } = await debianOrigin();
  const failures = (await Promise.all(probes.map(reachable))).filter((failure) => failure !== undefined);
  const missing: Missing = {
    title: "the lab's machine image",
    source: 'download',
    host: hosts.join(', '),
    megabytes: estimatedMegabytes('machine-image'),
    exact: false,
  };
  const message = `the lab's machine image is made of Debian packages, which cannot be reached: ${failures.map((failure) => failure.message).join('; ')}`;
  const fix = `${fixFor(failures)}; HARDWAY_DEBIAN_MIRROR=URL names another mirror of Debian`;
  return { missing: [missing], hindrances: failures.length > 0 ? [{ severity: 'error', message, fix }] : [] };
}

/**
 * What a stack needs that is not on this computer, and where it would come from. Asks each publisher whether it answers
 * and how large its files are; downloads nothing.
 */
export async function planFor(config: ClusterConfig, probes: PlanProbes = {}): Promise<Plan> {
  const { reachable = reachability(), sizeOf = servedBytes, hasImage = hasMachineImage } = probes;
  const forced = forcedSource();
  const { here, sumsToRead } = artifactsOf(config);
  const cached = await findAllCached(await packagesOf(config, here), forced, await goVersion());
  const { steps, problems, note } = await weighSources(cached.missing, forced, reachable, whyNoBuild);
  const wantsImage = config.machines === 'lab' && !(await hasImage());
  const image = wantsImage ? await machineImage(reachable) : { missing: [], hindrances: [] };
  const missing = await Promise.all(steps.map((step) => describe(step, reachable, sizeOf)));
  const refused = problems.map(
    ({ message, fixes }): Hindrance => ({ severity: 'error', message, fix: fixes.join('; ') }),
  );
  return {
    missing: [...missing, ...image.missing],
    present: cached.standing.length,
    sumsToRead,
    needed: steps.length > 0 ? neededBytes(steps) : 0,
    hindrances: [...refused, ...(note ? [{ severity: 'warning' as const, ...note }] : []), ...image.hindrances],
  };
}
