/** What the records of a stand-in and of its proxy say about a run. */
import type { ProxyEntry } from '../publisher/proxy.ts';
import type { Entry } from '../publisher/server.ts';

/** Files that have what they are for in them; lists of sums, manifests and redirects are none. */
const payloads: Readonly<Record<string, (path: string) => boolean>> = {
  'github.com': (path) => /\.(tar\.gz|tgz)$|\/runc\.[a-z0-9]+$/.test(path) && !/\.sha256/.test(path),
  'get.pulumi.com': (path) => path.endsWith('.tar.gz'),
  'cdn.dl.k8s.io': (path) => !path.endsWith('.sha256'),
};

/** Names of the files that were asked for, in alphabetical order; version numbers are left out. */
export function filesAskedFor(entries: readonly Entry[]): string[] {
  const names = entries
    .filter(({ method, host, path }) => method === 'GET' && payloads[host]?.(path))
    .map(({ path }) => path.slice(path.lastIndexOf('/') + 1).replaceAll(/[-_]v?\d+\.\d+\.\d+/g, ''));
  return [...new Set(names)].sort();
}

/** Addresses that were fetched more than once, with how often. */
export function fetchedAgain(entries: readonly Entry[]): string[] {
  const counts = new Map<string, number>();
  for (const { method, host, path, status } of entries) {
    if (method !== 'GET' || status !== 200 || path === '/v2/' || host.startsWith('auth.')) continue;
    const address = `${host}${path}`;
    counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1).map(([address, count]) => `${address}: ${count} times`);
}

/** Requests that the engine sent by itself. */
export function askedByEngine(entries: readonly Entry[]): string[] {
  return entries
    .filter(({ agent }) => /pulumi/i.test(agent))
    .map(({ method, host, path, agent }) => `${method} ${host}${path} by ${agent}`);
}

/** What went to the proxy and has no business there: everything but the publishers, machines and API first of all. */
export function strangers(entries: readonly ProxyEntry[], publishers: readonly string[]): string[] {
  const found = entries.filter(({ host }) => !publishers.includes(host));
  return [...new Set(found.map(({ method, host, port }) => `${method} ${host}:${port}`))];
}
