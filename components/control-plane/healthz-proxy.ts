import { nginx, nginxBlock, renderNginx } from '../../lib/format/nginx.ts';

/** Arguments of {@link healthzProxyConfiguration}. */
export interface HealthzProxyArgs {
  /** Domain of the cluster's Services, e.g. `cluster.local`. */
  readonly clusterDomain: string;
  /** Path on the machine of the cluster's CA. */
  readonly caCertificatePath: string;
}

/**
 * A whole nginx.conf: port 80 answers `/healthz` for `kubernetes.default.svc.<domain>` by asking the local API
 * server, for load balancers whose checks cannot verify TLS. Any other name or path does not exist.
 */
export function healthzProxyConfiguration({ clusterDomain, caCertificatePath }: HealthzProxyArgs): string {
  const name = `kubernetes.default.svc.${clusterDomain}`;
  return renderNginx([
    nginx('user', 'www-data'),
    nginx('worker_processes', 1),
    nginx('pid', '/run/nginx.pid'),
    nginx('error_log', '/var/log/nginx/error.log', 'warn'),
    nginxBlock(['events'], [nginx('worker_connections', 256)]),
    nginxBlock(
      ['http'],
      [
        nginx('access_log', 'off'),
        nginx('server_tokens', 'off'),
        // The default cannot hold the name of a long cluster domain.
        nginx('server_names_hash_bucket_size', 512),
        nginxBlock(
          ['server'],
          [nginx('listen', 80, 'default_server'), nginx('server_name', '_'), nginx('return', 404)],
        ),
        nginxBlock(
          ['server'],
          [
            nginx('listen', 80),
            nginx('server_name', name),
            nginxBlock(
              ['location', '=', '/healthz'],
              [
                nginx('proxy_pass', 'https://127.0.0.1:6443/healthz'),
                nginx('proxy_connect_timeout', '2s'),
                nginx('proxy_read_timeout', '5s'),
                nginx('proxy_ssl_trusted_certificate', caCertificatePath),
                nginx('proxy_ssl_verify', 'on'),
                nginx('proxy_ssl_name', name),
                nginx('proxy_ssl_server_name', 'on'),
                nginx('proxy_ssl_protocols', 'TLSv1.2', 'TLSv1.3'),
              ],
            ),
            nginxBlock(['location', '/'], [nginx('return', 404)]),
          ],
        ),
      ],
    ),
  ]);
}
