import type { ClusterConfig } from '../../config/schema.ts';
import { type InstalledCertificate, publicFile } from '../../lib/format/certificates.ts';
import { nginx, nginxBlock, renderNginx } from '../../lib/format/nginx.ts';
import type { ProgramPlan } from '../../lib/format/role.ts';
import { curlCheck } from '../../lib/format/shell.ts';
import { renderKeepTryingDropIn } from '../../lib/format/systemd.ts';

/** Arguments of {@link planHealthzProxy}. */
export interface HealthzProxyArgs {
  readonly config: Pick<ClusterConfig, 'clusterDomain'>;
  readonly certificates: { readonly 'kubernetes-ca': InstalledCertificate };
}

const CONFIGURATION = '/etc/nginx/nginx.conf';
const DROP_IN = '/etc/systemd/system/nginx.service.d/hardway.conf';

/** nginx on port 80 of a controller, which answers `/healthz` for load balancers that cannot speak TLS. */
export function planHealthzProxy({ config, certificates }: HealthzProxyArgs): ProgramPlan {
  const host = `kubernetes.default.svc.${config.clusterDomain}`;
  const ca = certificates['kubernetes-ca'].certificate.path;
  return {
    files: {
      [CONFIGURATION]: publicFile(configuration(host, ca)),
      [DROP_IN]: publicFile(renderKeepTryingDropIn()),
    },
    services: [{ unit: 'nginx.service', restartOn: [DROP_IN], reloadOn: [CONFIGURATION, ca] }],
    health: curlCheck({ url: 'http://127.0.0.1/healthz', host }),
  };
}

/**
 * A whole nginx.conf: port 80 answers `/healthz` for the API's name inside the cluster by asking the local API server.
 * Any other name or path does not exist.
 */
function configuration(name: string, caCertificatePath: string): string {
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
