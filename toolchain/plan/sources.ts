import { RequestFailure, statusFailure } from '../download/failure.ts';
import { type Patience, retryAfter, send, withRetries } from '../download/http.ts';
import { ToolchainError } from '../error.ts';

/** Where a part's bytes come from. */
export type Source = 'installed' | 'download' | 'build';

/** How long a publisher may take to show that it answers. */
export const probePatience: Patience = {
  connectMs: 10_000,
  silenceMs: 20_000,
  attempts: 3,
  backoffMs: 500,
  longestWaitMs: 60_000,
};

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

/** Why a publisher cannot be used, or undefined where it answers. Each host is asked once a run. */
export type Reachability = (url: string) => Promise<RequestFailure | undefined>;

async function probe(url: string, patience: Patience): Promise<void> {
  // One byte of the file itself, and not HEAD: it shows the hosts behind redirects too, which sign addresses for GET.
  const { status, headers, body, url: answered } = await send(url, { headers: { range: 'bytes=0-0' }, patience });
  // The rest of it, from a server that does not know ranges, is not wanted.
  body.on('error', () => undefined);
  body.destroy();
  // A registry that wants a token before it shows anything is there.
  if (status === 401 && headers['www-authenticate'] !== undefined && /\/v2\/$/.test(answered)) return;
  // The file may lie at another origin, or in a place that is not known yet: the publisher itself is there.
  if (status < 400 || [404, 405, 410, 416].includes(status)) return;
  const wait = [401, 403, 429, 503].includes(status) ? retryAfter(headers['retry-after']) : undefined;
  throw statusFailure(status, answered, wait);
}

/**
 * A prober that asks each host for a byte of the first file that is asked about.
 *
 * @param say - gets a line for each wait that a publisher asks for
 */
export function reachability(
  env: NodeJS.ProcessEnv = process.env,
  patience: Patience = probePatience,
  say?: (line: string) => void,
): Reachability {
  const answers = new Map<string, Promise<RequestFailure | undefined>>();
  return (url) => {
    const target = effectiveUrl(url, env);
    const { host } = new URL(target);
    const known = answers.get(host);
    if (known) return known;
    const answer = withRetries(target, () => probe(target, patience), say, patience).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof RequestFailure) return error;
        throw error;
      },
    );
    answers.set(host, answer);
    return answer;
  };
}
