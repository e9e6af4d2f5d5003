import { UserError } from '../../lib/user-error.ts';
import { minimumGo } from '../build/go.ts';
import { type Finished, findCached } from '../cache/store.ts';
import { fixFor, type RequestFailure } from '../download/failure.ts';
import { originsOf } from '../download/sums.ts';

import { formatExpected } from '../progress.ts';
import { type Download, listTitles, type Package } from './package.ts';
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

/** Registries whose programming interface is at another host than their images' names say. */
const registryHosts: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/** The addresses of which one has to answer for a part to be downloaded. */
export function publisherUrls(download: Download): string[] {
  if (download.kind === 'file') return originsOf(download.file).map(({ url }) => url);
  const registry = download.reference.split('/')[0] ?? '';
  return [`https://${registryHosts[registry] ?? registry}/v2/`];
}

/** Building up to this many seconds in all needs no question, whatever the reason that a publisher does not answer. */
const unaskedSeconds = 60;

type Unreachable = readonly RequestFailure[];

async function failuresOf(download: Download, reachable: Reachability): Promise<Unreachable> {
  const answers = await Promise.all(publisherUrls(download).map(reachable));
  const failures = answers.filter((failure) => failure !== undefined);
  return failures.length < answers.length ? [] : failures;
}

interface Considered {
  pkg: Package;
  step?: Step;
  failures: Unreachable;
}

async function consider(
  pkg: Package,
  forced: 'download' | 'build' | undefined,
  reachable: Reachability,
): Promise<Considered> {
  const { download, build } = pkg;
  const decided = (source: 'download' | 'build', why: string) => ({ pkg, step: { pkg, source, why }, failures: [] });
  if (!download) return decided('build', 'it is ours');
  if (build && forced) return decided(forced, `HARDWAY_SOURCE=${forced}`);
  if (!build && pkg.onlyDownloaded === undefined) return decided('download', 'there is no recipe for it');
  const failures = await failuresOf(download, reachable);
  if (failures.length > 0) return { pkg, failures };
  return decided('download', build ? 'its publisher answers' : 'there is no recipe for it');
}

function describeFailures(failures: Unreachable): string {
  return [...new Set(failures.map(({ message }) => message))].map((line) => `\n  - ${line}`).join('');
}

const count = (packages: readonly unknown[]) => `${packages.length} ${packages.length === 1 ? 'part' : 'parts'}`;
const titles = (packages: readonly { pkg: Package }[]) => listTitles(packages.map(({ pkg }) => pkg.title));

const installGo = `install Go ${minimumGo} or newer and put it on PATH, or let GOPROXY name a module proxy that answers`;

/** What {@link weighSources} found. */
export interface Weighed {
  /** Where each part comes from; without those of which a problem tells. */
  steps: Step[];
  /** Why nothing may be started, and the clauses of each fix; empty where the steps may be. */
  problems: { message: string; fixes: string[] }[];
  /** What a person should read before anything starts, and the way to another outcome. */
  note?: { message: string; fix: string };
}

/**
 * Finds where each missing part comes from; publishers are asked all at once. Where none answers, a part is built
 * from source, unless the reason is one that this computer's set-up or a little patience mends.
 *
 * @param forced - the source that `HARDWAY_SOURCE` asks for
 * @param reachable - asks publishers
 * @param cannotBuild - why nothing can be built here, e.g. that there is no Go; undefined where it can
 */
export async function weighSources(
  packages: readonly Package[],
  forced: 'download' | 'build' | undefined,
  reachable: Reachability,
  cannotBuild: () => Promise<string | undefined> = async () => undefined,
): Promise<Weighed> {
  const considered = await Promise.all(packages.map((pkg) => consider(pkg, forced, reachable)));
  const decided = considered.flatMap(({ step }) => step ?? []);
  const unreachable = considered.filter(({ step }) => step === undefined);
  const toBuild = unreachable.filter(({ pkg }) => pkg.build);
  const withGo = ({ pkg }: { pkg: Package }) => !pkg.build?.withoutGo;
  const builds = decided.filter(({ source }) => source === 'build');
  const why = [...builds, ...toBuild].some(withGo) ? await cannotBuild() : undefined;
  const problems: Weighed['problems'] = [];
  for (const { pkg, failures } of unreachable.filter((one) => !one.pkg.build)) {
    problems.push({
      message: `${pkg.title} comes from its publisher alone, which does not answer:${describeFailures(failures)}`,
      fixes: [fixFor(failures), ...(pkg.onlyDownloaded ? [pkg.onlyDownloaded] : [])],
    });
  }
  const impossible = why === undefined ? [] : builds.filter(withGo);
  if (impossible.length > 0) {
    problems.push({
      message: `${count(impossible)} (${titles(impossible)}) must be built here, which is not possible:\n  - ${why}`,
      fixes: [installGo],
    });
  }
  const failures = toBuild.flatMap((one) => one.failures);
  const seconds = toBuild.reduce((sum, { pkg }) => sum + (pkg.build?.expectedSeconds ?? 0), 0);
  const built = `${count(toBuild)} (${titles(toBuild)})`;
  const refused = why !== undefined && toBuild.some(withGo);
  const tooLong = seconds > unaskedSeconds && failures.some(({ fixable }) => fixable);
  if (refused) {
    problems.push({
      message: `${built} can neither be downloaded nor built here:${describeFailures(failures)}\n  - ${why}`,
      fixes: [fixFor(failures), `or ${installGo}`],
    });
  } else if (tooLong) {
    problems.push({
      message: `${built} cannot be downloaded, and building from source takes about ${formatExpected(seconds)}, so nothing was started:${describeFailures(failures)}`,
      fixes: [fixFor(failures), 'or build from source all the same: HARDWAY_SOURCE=build'],
    });
  }
  const steps = considered.flatMap(({ pkg, step }): Step[] => {
    if (step) return impossible.includes(step) ? [] : [step];
    return pkg.build && !refused && !tooLong ? [{ pkg, source: 'build', why: 'its publisher does not answer' }] : [];
  });
  if (problems.length > 0 || toBuild.length === 0) return { steps, problems };
  const note = {
    message: `${count(toBuild)} will be built from source, about ${formatExpected(seconds)} in all, because no publisher of them answers:${describeFailures(failures)}`,
    fix: `${fixFor(failures)}; HARDWAY_SOURCE=download never builds`,
  };
  return { steps, problems, note };
}

/** What {@link chooseSources} decided. */
export interface Choice {
  steps: Step[];
  /** What a person should read before anything starts. */
  notes: string[];
}

/**
 * Chooses where each missing part comes from, as {@link weighSources} finds it.
 *
 * @throws UserError with every part that can neither be downloaded nor built, and why; nothing was changed then
 */
export async function chooseSources(...asked: Parameters<typeof weighSources>): Promise<Choice> {
  const { steps, problems, note } = await weighSources(...asked);
  if (problems.length > 0) {
    const fixes = [...new Set(problems.flatMap((problem) => problem.fixes))];
    // What has to be done anyway is no alternative.
    const needed = fixes.filter((clause) => !(clause.startsWith('or ') && fixes.includes(clause.slice(3))));
    const messages = problems.map(({ message }) => message).join('\n');
    throw new UserError(`${messages}\n  nothing was changed`, { fix: needed.join('; ') });
  }
  return { steps, notes: note ? [`${note.message}\n  Fix, if that is not what you want: ${note.fix}`] : [] };
}

/** The line that says a choice aloud. */
export function describeChoice(step: Step): string {
  const note = step.source === 'build' && step.pkg.build?.note ? ` (${step.pkg.build.note})` : '';
  return `${step.pkg.title}: ${step.source === 'build' ? 'building' : 'downloading'}, ${step.why}${note}`;
}
