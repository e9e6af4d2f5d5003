import { proxyVariable } from '../lib/proxy.ts';

/**
 * What to say where kubectl's requests to the API go through a proxy; `undefined` where they do not. The proxy may be
 * right (an endpoint on the internet) or the reason of a failure (one in a private network).
 *
 * @param url - of the API, https
 */
export function proxyAdvice(env: Readonly<Record<string, string | undefined>>, url: string): string | undefined {
  const variable = proxyVariable(env, url);
  const { hostname } = new URL(url);
  if (variable === undefined) return undefined;
  return `${variable} is set, and NO_PROXY does not name ${hostname}: kubectl asks for it through the proxy. If the proxy does not lead there, add ${hostname} to NO_PROXY.`;
}
