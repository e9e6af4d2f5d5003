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
 * The variable by which requests to an address go through a proxy; `undefined` where they go straight there.
 *
 * @param url - https, or http where `names` has HTTP_PROXY
 * @param names - of the variables that count, the first that is set wins
 */
export function proxyVariable(
  env: Environment,
  url: string,
  names: readonly string[] = ['HTTPS_PROXY'],
): string | undefined {
  const proxy = names.map((name) => setting(env, name)).find((found) => found !== undefined);
  const { hostname, port, protocol } = new URL(url);
  if (proxy === undefined || hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)) {
    return undefined;
  }
  const usual = protocol === 'http:' ? '80' : '443';
  const list = setting(env, 'NO_PROXY')?.value ?? '';
  return isExcepted(list, hostname.toLowerCase(), port || usual) ? undefined : proxy.name;
}
