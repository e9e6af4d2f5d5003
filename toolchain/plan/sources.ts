import { ToolchainError } from '../error.ts';

/** Where a part's bytes come from. */
export type Source = 'installed' | 'download' | 'build';

/** Longest wait for a publisher's answer before it counts as out of reach, in milliseconds. */
export const probeMs = 3_000;

/** `HARDWAY_SOURCE`: undefined leaves the choice to reachability. */
export function forcedSource(env: NodeJS.ProcessEnv = process.env): 'download' | 'build' | undefined {
  const value = env.HARDWAY_SOURCE;
  if (!value) return undefined;
  if (value === 'download' || value === 'build') return value;
  throw new ToolchainError(`HARDWAY_SOURCE is "${value}"`, 'set it to "download" or "build", or unset it');
}

/** Where a publisher's URL is really fetched from: with `HARDWAY_DOWNLOAD_BASE`, `<base>/<host>/<path>`. */
export function effectiveUrl(url: string, env: NodeJS.ProcessEnv = process.env): string {
  const base = env.HARDWAY_DOWNLOAD_BASE;
  if (!base) return url;
  const { host, pathname, search } = new URL(url);
  return `${base.replace(/\/+$/, '')}/${host}${pathname}${search}`;
}

/** Answers whether a publisher can be reached; each host is asked once a run. */
export type Reachability = (url: string) => Promise<boolean>;

/**
 * A prober that sends one HEAD request per host, for the first URL that is asked about. A publisher that answers
 * "not found" is reachable; one that refuses (a filtering proxy does) or fails is not.
 */
export function reachability(env: NodeJS.ProcessEnv = process.env, timeoutMs = probeMs): Reachability {
  const answers = new Map<string, Promise<boolean>>();
  return (url) => {
    const target = effectiveUrl(url, env);
    const host = new URL(target).host;
    const known = answers.get(host);
    if (known) return known;
    const answer = fetch(target, { method: 'HEAD', signal: AbortSignal.timeout(timeoutMs) }).then(
      (response) => response.status < 400 || response.status === 404 || response.status === 405,
      () => false,
    );
    answers.set(host, answer);
    return answer;
  };
}
