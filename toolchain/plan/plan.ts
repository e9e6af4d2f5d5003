import { type Finished, findCached } from '../cache/store.ts';
import { ToolchainError } from '../error.ts';
import type { Download, Package } from './package.ts';
import type { Reachability, Source } from './sources.ts';

/** What is to be done about one part. */
export interface Step {
  pkg: Package;
  source: 'download' | 'build';
  /** Why this source and not the other, for the one line that says so. */
  why: string;
}

/** A part that needs nothing more than its links. */
export type CachedPackage = { pkg: Package; source: Source } & ({ installed: string[] } | { finished: Finished });

/** What stands, what has to be made, and what was found broken. */
export interface CacheState {
  standing: CachedPackage[];
  missing: Package[];
  /** One sentence per part that has to be made again. */
  faults: string[];
}

/** Looks at every part, without asking the network. A forced source leaves installed programs aside. */
export async function findAllCached(
  packages: readonly Package[],
  forced: 'download' | 'build' | undefined,
  goVersion: string,
): Promise<CacheState> {
  const result: CacheState = { standing: [], missing: [], faults: [] };
  for (const pkg of packages) {
    const installed = forced ? undefined : await pkg.installed?.();
    if (installed) {
      result.standing.push({ pkg, source: 'installed', installed });
      continue;
    }
    const found = await findFinished(pkg, forced ? [forced] : ['download', 'build'], goVersion);
    if (found.standing) result.standing.push(found.standing);
    else result.missing.push(pkg);
    if (found.fault) result.faults.push(`${pkg.title} is made again: ${found.fault}`);
  }
  return result;
}

async function findFinished(
  pkg: Package,
  sources: ('download' | 'build')[],
  goVersion: string,
): Promise<{ standing?: CachedPackage; fault?: string }> {
  let fault: string | undefined;
  // What has only one way of being had is not made to have the other.
  const possible = sources.filter((source) => pkg[source]);
  for (const source of possible.length ? possible : (['download', 'build'] as const)) {
    const found = await findCached(pkg, source, goVersion);
    if (found.finished) return { standing: { pkg, source, finished: found.finished } };
    fault ??= found.fault;
  }
  return fault ? { fault } : {};
}

/** The address whose host decides whether a part's publisher can be reached. */
export function publisherUrl(download: Download): string {
  if (download.kind === 'file') return download.file.url;
  return `https://${download.reference.split('/')[0]}/v2/`;
}

/**
 * Chooses where each missing part comes from; publishers are asked all at once.
 *
 * @throws ToolchainError when what can only be downloaded cannot be
 */
export async function chooseSources(
  packages: readonly Package[],
  forced: 'download' | 'build' | undefined,
  reachable: Reachability,
): Promise<Step[]> {
  return await Promise.all(
    packages.map(async (pkg): Promise<Step> => {
      const { download, build } = pkg;
      if (!download) return { pkg, source: 'build', why: 'it is ours' };
      if (pkg.onlyDownloaded !== undefined && !(await reachable(publisherUrl(download)))) {
        throw new ToolchainError(
          `${pkg.title} comes from its publisher alone, and ${new URL(publisherUrl(download)).host} cannot be reached from here; nothing was changed`,
          pkg.onlyDownloaded,
        );
      }
      if (!build) return { pkg, source: 'download', why: 'there is no recipe for it' };
      if (forced) return { pkg, source: forced, why: `HARDWAY_SOURCE=${forced}` };
      return (await reachable(publisherUrl(download)))
        ? { pkg, source: 'download', why: 'its publisher answers' }
        : { pkg, source: 'build', why: 'its publisher cannot be reached' };
    }),
  );
}

/** The line that says a choice aloud. */
export function describeChoice(step: Step): string {
  const note = step.source === 'build' && step.pkg.build?.note ? ` (${step.pkg.build.note})` : '';
  return `${step.pkg.title}: ${step.source === 'build' ? 'building' : 'downloading'}, ${step.why}${note}`;
}
