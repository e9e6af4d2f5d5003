import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { proxyVariable } from '../../lib/proxy.ts';
import { UserError } from '../../lib/user-error.ts';

import { RequestFailure, requestFailure, statusFailure, throughProxy } from './failure.ts';

/** How long to wait and how often to try. Tests shorten it. */
export interface Patience {
  /** Longest time until a connection stands, in milliseconds. */
  connectMs: number;
  /** Longest silence of a server before an answer or a transfer counts as broken, in milliseconds. */
  silenceMs: number;
  /** Tries of one request, the first among them. */
  attempts: number;
  /** Wait before the second try; doubles each time. */
  backoffMs: number;
  /** Longest wait that `Retry-After` may ask for; a longer one fails at once. */
  longestWaitMs: number;
}

/** For downloads. */
export const patience: Patience = {
  connectMs: 15_000,
  silenceMs: 60_000,
  attempts: 4,
  backoffMs: 500,
  longestWaitMs: 120_000,
};

/** Names that never go through a proxy: this computer itself. */
const own = ['localhost', '127.0.0.1', '[::1]'];

const variables = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'];
const dispatchers = new Map<string, Dispatcher>();
let replaced: Dispatcher | undefined;

/** Puts a client's connections in the place of the network, for tests; undefined gives the network back. */
export function replaceNetwork(dispatcher: Dispatcher | undefined): void {
  replaced = dispatcher;
}

/** `proxy:3128` means `http://proxy:3128`, as curl reads it. */
function proxyUrl(value = ''): string {
  const url = value === '' || value.includes('://') ? value : `http://${value}`;
  if (url !== '' && !URL.canParse(url)) {
    // The value may hold a password, so it is not shown.
    throw new UserError('HTTP_PROXY or HTTPS_PROXY is not a URL', {
      fix: 'set it to http://[user:password@]host:port',
    });
  }
  return url;
}

/** Connections that follow HTTP(S)_PROXY and NO_PROXY on every Node, whatever that Node's own half of it is. */
function dispatcherFor({ connectMs, silenceMs }: Patience, env: NodeJS.ProcessEnv = process.env): Dispatcher {
  if (replaced) return replaced;
  const key = JSON.stringify([connectMs, silenceMs, ...variables.map((name) => env[name] ?? '')]);
  const known = dispatchers.get(key);
  if (known) return known;
  const given = (env.no_proxy || env.NO_PROXY || '').trim();
  const made = new EnvHttpProxyAgent({
    httpProxy: proxyUrl(env.http_proxy || env.HTTP_PROXY),
    httpsProxy: proxyUrl(env.https_proxy || env.HTTPS_PROXY || env.http_proxy || env.HTTP_PROXY),
    noProxy: given === '*' ? given : [given, ...own].filter(Boolean).join(','),
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    connect: { timeout: connectMs },
    requestTls: { timeout: connectMs },
  });
  dispatchers.set(key, made);
  return made;
}

/** A successful answer. Whoever gets it reads the body or calls {@link discard}. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Readable;
  /** The address that answered, after redirects. */
  url: string;
}

/** What a request may carry. */
export interface RequestOptions {
  method?: 'GET' | 'HEAD';
  headers?: Record<string, string>;
  patience?: Patience;
}

/** Drops a body that nobody will read, so that its connection is free again. */
export function discard(body: Readable): void {
  body.on('error', () => undefined);
  body.resume();
}

/** `Retry-After` in milliseconds: a number of seconds or a date. */
export function retryAfter(value: string | string[] | undefined, now = Date.now()): number | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * One request that follows redirects, never from https to http.
 *
 * @throws RequestFailure where no answer came; a status of 4xx or 5xx is an answer
 */
export async function send(url: string, options: RequestOptions = {}, redirects = 5): Promise<Answer> {
  const dispatcher = dispatcherFor(options.patience ?? patience);
  const headers = { 'user-agent': 'hardway', 'accept-encoding': 'identity', ...options.headers };
  const answer = await request(url, { method: options.method ?? 'GET', headers, dispatcher }).catch(
    (error: unknown) => {
      const failure = requestFailure(error, url);
      const names = new URL(url).protocol === 'http:' ? ['HTTP_PROXY'] : ['HTTPS_PROXY', 'HTTP_PROXY'];
      const variable = proxyVariable(process.env, url, names);
      throw variable === undefined ? failure : throughProxy(failure, variable);
    },
  );
  const { statusCode: status, body } = answer;
  const location = [answer.headers.location ?? []].flat()[0];
  if (status < 300 || status >= 400 || status === 304 || !location)
    return { status, headers: answer.headers, body, url };
  discard(body);
  const { host } = new URL(url);
  const target = new URL(location, url);
  if (redirects === 0) throw new RequestFailure('other', host, 'redirects without end');
  if (new URL(url).protocol === 'https:' && target.protocol !== 'https:') {
    throw new RequestFailure('downgrade', host, `redirects from https to ${target.protocol}//${target.host}: refused`);
  }
  // A token is for the host that it was given for.
  const { authorization: _, ...rest } = options.headers ?? {};
  const next = target.host === host ? options : { ...options, headers: rest };
  return await send(target.href, next, redirects - 1);
}

/** Like {@link send}, with every status but 2xx (and `also`) as a failure. */
export async function sendStrict(
  url: string,
  options: RequestOptions = {},
  also: readonly number[] = [],
): Promise<Answer> {
  const answer = await send(url, options);
  if ((answer.status >= 200 && answer.status < 300) || also.includes(answer.status)) return answer;
  discard(answer.body);
  const wait = [401, 403, 429, 503].includes(answer.status) ? retryAfter(answer.headers['retry-after']) : undefined;
  throw statusFailure(answer.status, answer.url, wait);
}

/**
 * Repeats what may succeed a moment later, and waits where the server asks for it, within limits.
 *
 * @param say gets a line for each wait that a server asks for
 * @throws RequestFailure the last one
 */
export async function withRetries<T>(
  url: string,
  work: () => Promise<T>,
  say: (line: string) => void = () => undefined,
  { attempts, backoffMs, longestWaitMs }: Patience = patience,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (isLocal(error)) throw error;
      const failure = requestFailure(error, url);
      const asked = failure.retryAfterMs;
      if (!failure.passing || attempt >= attempts || (asked ?? 0) > longestWaitMs) throw failure;
      if (asked !== undefined) say(`${failure.message}; it asks to wait ${Math.ceil(asked / 1000)} s: waiting`);
      await sleep(Math.max(asked ?? 0, backoffMs * 2 ** (attempt - 1)));
    }
  }
}

/** Whether an error is this computer's disk, not the network. */
export function isLocal(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'ENOENT'].includes(String((error as NodeJS.ErrnoException)?.code));
}
