import ipaddr from 'ipaddr.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set, in either spelling, with the spelling. */
function setting(env: Environment, name: string): { readonly name: string; readonly value: string } | undefined {
  const spelt = [name, name.toLowerCase()].find((each) => env[each]);
  return spelt === undefined ? undefined : { name: spelt, value: env[spelt] ?? '' };
}

/** Whether NO_PROXY takes a host out, as Go's programs read it: names, suffixes, addresses, ranges, `*`. */
function isExcepted(list: string, host: string, port: string): boolean {
  const isAddress = ipaddr.isValid(host);
  return list.split(',').some((entry) => {
    const text = entry.trim().toLowerCase();
    if (text === '') return false;
    if (text === '*' || text === host || text === `${host}:${port}`) return true;
    if (!isAddress) return host.endsWith(text.startsWith('.') ? text : `.${text}`);
    if (!ipaddr.isValidCIDR(text)) return false;
    const [address, range] = [ipaddr.parse(host), ipaddr.parseCIDR(text)];
    return address.kind() === range[0].kind() && address.match(range);
  });
}

/**
 * What to say where kubectl's requests to the API go through a proxy; `undefined` where they do not. The proxy may be
 * right (an endpoint on the internet) or the reason of a failure (one in a private network).
 *
 * @param url - of the API, https
 */
export function proxyAdvice(env: Environment, url: string): string | undefined {
  const proxy = setting(env, 'HTTPS_PROXY');
  const { hostname, port } = new URL(url);
  const isLoopback = hostname === 'localhost' || /^127\./.test(hostname);
  if (proxy === undefined || isLoopback) return undefined;
  if (isExcepted(setting(env, 'NO_PROXY')?.value ?? '', hostname.toLowerCase(), port || '443')) return undefined;
  return `${proxy.name} is set, and NO_PROXY does not name ${hostname}: kubectl asks for it through the proxy. If the proxy does not lead there, add ${hostname} to NO_PROXY.`;
}
