import type { ClusterConfig } from '../../config/schema.ts';

type Variables = Record<string, string | undefined>;

/** The variables that name a proxy. Programs differ in which case they read, and some read only the lower one. */
const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

/** The proxy variables that are set, by name: their values may hold a password. */
export function setProxies(env: Readonly<Variables>): string[] {
  return proxyVariables.filter((name) => env[name]);
}

/** This computer itself: Pulumi's engine, its plugins and the program talk to each other there. */
const loopback = ['localhost', '127.0.0.1', '::1'];

/**
 * What of a stack must never be asked for through a proxy, which knows neither a lab's network nor a private one. Each
 * address by itself, since not every program understands a range, and a lab's range for those that do.
 * The API endpoint of an AWS stack has a public name: whether that goes through the proxy is for NO_PROXY to say.
 */
export function directAddresses(
  config: Pick<ClusterConfig, 'machines' | 'machinesList' | 'derived' | 'labSubnet' | 'externalEndpoint'>,
): string[] {
  const { machines, machinesList, derived, labSubnet, externalEndpoint } = config;
  const own = machinesList.flatMap(({ address, access }) => [address, ...(access ? [access.address] : [])]);
  const lab = machines === 'lab' ? [labSubnet, derived.mirrorAddress] : [];
  const endpoint =
    machines === 'aws' ? [] : [derived.controlPlaneEndpoint, derived.controlPlaneVip ?? '', externalEndpoint];
  return [...new Set([...own, ...endpoint, ...lab])].filter((address) => address !== '');
}

/** A value of NO_PROXY, both variables together, with more addresses in it. */
export function extendedNoProxy(env: Readonly<Variables>, addresses: readonly string[]): string {
  const given = [env.NO_PROXY, env.no_proxy].flatMap((value) => (value ?? '').split(','));
  const entries = [...given.map((entry) => entry.trim()), ...loopback, ...addresses];
  return [...new Set(entries)].filter((entry) => entry !== '').join(',');
}

/**
 * Keeps addresses off the proxy for this process's children: pulumi, its plugins, kubectl, crane, curl. Does nothing
 * where no proxy is set.
 */
export function keepOffProxy(env: Variables, addresses: readonly string[]): void {
  if (setProxies(env).length === 0) return;
  const value = extendedNoProxy(env, addresses);
  env.NO_PROXY = value;
  env.no_proxy = value;
}

/** The lines of `.hardway/env` that do the same in the shell that reads it. */
export function noProxyLines(addresses: readonly string[]): string[] {
  const list = [...loopback, ...addresses].join(',');
  return [
    '# What is near is never asked for through a proxy.',
    `if [ -n "\${HTTPS_PROXY:-}\${https_proxy:-}\${HTTP_PROXY:-}\${http_proxy:-}\${ALL_PROXY:-}\${all_proxy:-}" ]; then`,
    `  case ",\${NO_PROXY:-}," in *,'${list}',*) ;; *)`,
    `    export NO_PROXY="\${NO_PROXY:-\${no_proxy:-}}"`,
    `    NO_PROXY="\${NO_PROXY:+$NO_PROXY,}"'${list}'`,
    '    export no_proxy="$NO_PROXY" ;;',
    '  esac',
    'fi',
  ];
}
