/** Arguments of {@link corefile}. */
export interface CorefileArgs {
  /** Domain of the cluster's Services, e.g. `cluster.local`. */
  readonly clusterDomain: string;
  /** Name servers that answer for everything else, as addresses. Empty: outside names do not exist. */
  readonly upstreamNameservers: readonly string[];
  /** Seconds that answers are kept. Range 1 to 3600. Default 30. */
  readonly cacheSeconds?: number;
}

/** A line of the Corefile, or a plugin with its block. */
type Line = string | readonly [head: string, block: readonly string[]];

/**
 * CoreDNS's configuration: the cluster's zone from the Kubernetes API, everything else by the upstream name servers.
 * Without any, the answer to an outside name is NXDOMAIN at once, and there is nothing to forward to in a loop.
 */
export function corefile(args: CorefileArgs): string {
  const cache = `cache ${args.cacheSeconds ?? 30}`;
  const process: Line[] = ['errors', ['health', ['lameduck 5s']], 'ready', 'prometheus :9153'];
  const reverseZones = ['in-addr.arpa', 'ip6.arpa'];
  const upstream = args.upstreamNameservers;

  if (upstream.length > 0) {
    const cluster = kubernetes([args.clusterDomain, ...reverseZones], [`fallthrough ${reverseZones.join(' ')}`]);
    const outside: Line = [`forward . ${upstream.join(' ')}`, ['max_concurrent 1000']];
    return server(['.'], [...process, cluster, outside, cache, 'loop', 'reload', 'loadbalance']);
  }
  // In blocks of their own: within one block `template` answers before `kubernetes` is asked, whatever the order here.
  const zones = [args.clusterDomain, ...reverseZones];
  return [
    server(zones, [...process, kubernetes(zones, []), cache, 'reload', 'loadbalance']),
    server(['.'], ['errors', 'prometheus :9153', ['template ANY ANY', ['rcode NXDOMAIN']]]),
  ].join('\n');
}

function kubernetes(zones: readonly string[], more: readonly string[]): Line {
  return [`kubernetes ${zones.join(' ')}`, ['pods insecure', ...more, 'ttl 30']];
}

function server(zones: readonly string[], lines: readonly Line[]): string {
  const body = lines.map((line) =>
    typeof line === 'string'
      ? `    ${line}\n`
      : `    ${line[0]} {\n${line[1].map((inner) => `        ${inner}\n`).join('')}    }\n`,
  );
  return `${zones.map((zone) => `${zone}:53`).join(' ')} {\n${body.join('')}}\n`;
}
