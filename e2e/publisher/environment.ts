import type { StandIn } from './stand-in.ts';

/**
 * The environment of somebody behind the stand-in's proxy, whose company has an authority of its own.
 *
 * @param from - the environment to start from; its own proxies and authorities are left out
 * @param direct - hosts that are reached without the proxy
 */
export function environmentBehind(
  { proxyUrl, trustFile }: Pick<StandIn, 'proxyUrl' | 'trustFile'>,
  from: NodeJS.ProcessEnv,
  direct: readonly string[] = [],
): Record<string, string> {
  const kept = Object.entries(from).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !/^((http|https|all|no)_proxy|node_(extra_ca_certs|use_.*)|ssl_cert_.*)$/i.test(entry[0]),
  );
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(names.map((name) => [name, proxyUrl])),
    NO_PROXY: direct.join(','),
    no_proxy: direct.join(','),
    // Where Go's programs and Node's system store look: a company's authority is nowhere else.
    SSL_CERT_FILE: trustFile,
  };
}
