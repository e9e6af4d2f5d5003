import { type IncomingMessage, get as plainGet } from 'node:http';
import { get as tlsGet } from 'node:https';

/** Longest silence of a server before a transfer counts as broken, in milliseconds. */
const silenceMs = 60_000;

function once(url: URL, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? tlsGet : plainGet)(url, { headers }, resolve);
    request.setTimeout(silenceMs, () => request.destroy(new Error(`no answer for ${silenceMs / 1000} s`)));
    request.on('error', reject);
  });
}

/**
 * A GET that follows redirects. Not `fetch`: Node 24's ends the whole process with an assertion when a server closes
 * the connection while a large body is being read slower than it comes.
 */
export async function httpGet(
  url: string,
  headers: Record<string, string> = {},
  redirects = 5,
): Promise<{ status: number; body: IncomingMessage }> {
  const body = await once(new URL(url), { 'user-agent': 'hardway', 'accept-encoding': 'identity', ...headers });
  const status = body.statusCode ?? 0;
  const { location } = body.headers;
  if (status < 300 || status >= 400 || !location) return { status, body };
  body.resume();
  if (redirects === 0) throw new Error(`${url} redirects without end`);
  return await httpGet(new URL(location, url).href, headers, redirects - 1);
}
