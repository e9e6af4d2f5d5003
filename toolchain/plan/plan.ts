import { type Finished, lookUp } from '../cache/store.ts';
import { ToolchainError } from '../error.ts';
import type { Download, Part } from './package.ts';
import type { Reachability, Source } from './sources.ts';

/** What is to be done about one part. */
export interface Step {
  part: Part;
  source: 'download' | 'build';
  /** Why this source and not the other, for the one line that says so. */
  why: string;
}

/** A part that needs nothing more than its links. */
export type Standing = { part: Part; source: Source } & ({ installed: string[] } | { finished: Finished });

/** What stands, what has to be made, and what was found broken. */
export interface Survey {
  standing: Standing[];
  missing: Part[];
  /** One sentence per part that has to be made again. */
  faults: string[];
}

/** Looks at every part, without asking the network. A forced source leaves installed programs aside. */
export async function survey(
  parts: readonly Part[],
  forced: 'download' | 'build' | undefined,
  goVersion: string,
): Promise<Survey> {
  const result: Survey = { standing: [], missing: [], faults: [] };
  for (const part of parts) {
    const installed = forced ? undefined : await part.installed?.();
    if (installed) {
      result.standing.push({ part, source: 'installed', installed });
      continue;
    }
    const found = await findFinished(part, forced ? [forced] : ['download', 'build'], goVersion);
    if (found.standing) result.standing.push(found.standing);
    else result.missing.push(part);
    if (found.fault) result.faults.push(`${part.title} is made again: ${found.fault}`);
  }
  return result;
}

async function findFinished(
  part: Part,
  sources: ('download' | 'build')[],
  goVersion: string,
): Promise<{ standing?: Standing; fault?: string }> {
  let fault: string | undefined;
  // What has only one way of being had is not made to have the other.
  const possible = sources.filter((source) => part[source]);
  for (const source of possible.length ? possible : (['download', 'build'] as const)) {
    const found = await lookUp(part, source, goVersion);
    if (found.finished) return { standing: { part, source, finished: found.finished } };
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
  parts: readonly Part[],
  forced: 'download' | 'build' | undefined,
  reachable: Reachability,
): Promise<Step[]> {
  return await Promise.all(
    parts.map(async (part): Promise<Step> => {
      const { download, build } = part;
      if (!download) return { part, source: 'build', why: build?.why ?? 'it is ours' };
      if (part.onlyDownloaded !== undefined && !(await reachable(publisherUrl(download)))) {
        throw new ToolchainError(
          `${part.title} comes from its publisher alone, and ${new URL(publisherUrl(download)).host} cannot be reached from here; nothing was changed`,
          part.onlyDownloaded,
        );
      }
      if (!build) return { part, source: 'download', why: 'there is no recipe for it' };
      if (forced) return { part, source: forced, why: `HARDWAY_SOURCE=${forced}` };
      return (await reachable(publisherUrl(download)))
        ? { part, source: 'download', why: 'its publisher answers' }
        : { part, source: 'build', why: 'its publisher cannot be reached' };
    }),
  );
}

/** The line that says a choice aloud. */
export function describeChoice(step: Step): string {
  const note = step.source === 'build' && step.part.build?.note ? ` (${step.part.build.note})` : '';
  return `${step.part.title}: ${step.source === 'build' ? 'building' : 'downloading'}, ${step.why}${note}`;
}
