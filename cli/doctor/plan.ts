import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterConfig } from '../../config/schema.ts';
import { artifactPart, mergeParts, sortArtifacts } from '../../toolchain/artifact-parts.ts';
import { readLock, selectArtifacts } from '../../toolchain/artifacts.ts';
import { neededBytes } from '../../toolchain/disk.ts';
import { goVersion } from '../../toolchain/go.ts';
import type { Part } from '../../toolchain/part.ts';
import { cacheDir } from '../../toolchain/paths.ts';
import { chooseSources, publisherUrl, type Step, survey } from '../../toolchain/plan.ts';
import { forcedSource, type Reachability, reachability } from '../../toolchain/sources.ts';
import { toolParts } from '../../toolchain/tools.ts';
import { cloudsOf, neededArtifacts } from '../prepare.ts';
import { megabytesOf } from './sizes.ts';

/** One thing that is not here yet. */
export interface Missing {
  readonly title: string;
  readonly source: 'download' | 'build';
  /** Where it is downloaded from. */
  readonly host?: string;
  /** Of the download, approximately. */
  readonly megabytes?: number;
  /** Of the build, on two cores with empty caches. */
  readonly seconds?: number;
  /** Why it is built and not downloaded. */
  readonly why?: string;
  /** The publisher that it would come from, where that one cannot be reached. */
  readonly unreachable?: string;
}

/** What `make up` would fetch or build. */
export interface Plan {
  readonly missing: readonly Missing[];
  /** How many parts are here already. */
  readonly present: number;
  /** Bytes that all of it may take at its peak. */
  readonly needed: number;
  /** What cannot be had at all, a message each. */
  readonly unobtainable: readonly string[];
}

async function imageIsMade(): Promise<boolean> {
  const names = await readdir(join(cacheDir(), 'lab')).catch(() => []);
  return names.some((name) => /^machine-image-.*\.tar$/.test(name));
}

async function describe({ part, source, why }: Step, reachable: Reachability): Promise<Missing> {
  const { title, id, download } = part;
  const url = download && publisherUrl(download);
  const host = url ? new URL(url).host : '';
  if (source === 'download') return { title, source, host, megabytes: megabytesOf(id) };
  const unreachable = url && forcedSource() === undefined && !(await reachable(url)) ? { unreachable: host } : {};
  return { title, source, seconds: part.build?.expectedSeconds ?? 0, why, ...unreachable };
}

/** The parts that a stack needs on this computer. */
async function partsOf(config: ClusterConfig): Promise<Part[]> {
  const lock = await readLock();
  const artifacts = sortArtifacts(
    selectArtifacts(
      lock,
      neededArtifacts(config).map(({ id }) => id),
    ),
  );
  const tools = await toolParts(config.kubernetesVersion, lock, cloudsOf(config));
  return mergeParts([...tools, ...artifacts.map((artifact) => artifactPart(artifact))]);
}

/**
 * What a stack needs that is not here, and where it would come from. Asks each publisher once whether it answers;
 * fetches nothing.
 *
 * @param reachable - who is asked
 */
export async function planFor(config: ClusterConfig, reachable: Reachability = reachability()): Promise<Plan> {
  const forced = forcedSource();
  const { missing, standing } = await survey(await partsOf(config), forced, await goVersion());
  const steps: Step[] = [];
  const unobtainable: string[] = [];
  for (const part of missing) {
    try {
      steps.push(...(await chooseSources([part], forced, reachable)));
    } catch (error) {
      unobtainable.push((error as Error).message);
    }
  }
  const image: Missing[] =
    config.machines === 'lab' && !(await imageIsMade())
      ? [
          {
            title: "the lab's machine image",
            source: 'download',
            host: "Debian's archive",
            megabytes: megabytesOf('lab-image'),
          },
        ]
      : [];
  return {
    missing: [...(await Promise.all(steps.map((step) => describe(step, reachable)))), ...image],
    present: standing.length,
    needed: steps.length > 0 ? neededBytes(steps) : 0,
    unobtainable,
  };
}
