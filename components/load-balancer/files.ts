import { publicFile } from '../../lib/format/certificates.ts';
import { nginx, nginxBlock, renderNginx } from '../../lib/format/nginx.ts';
import type { RolePlan } from '../../lib/format/role.ts';
import { curlCheck } from '../../lib/format/shell.ts';
import { renderKeepTryingDropIn } from '../../lib/format/systemd.ts';
import { checkedServer, type Floating, floatingPlan } from './floating.ts';

/** A controller behind the load balancer. */
export interface LoadBalancerBackend {
  /** Name of the machine. Not in the configuration. */
  readonly name: string;
  /** Address of its API server, which listens on 6443. An address, not a name: nginx must start while it is down. */
  readonly address: string;
}

/** Arguments of {@link loadBalancerFiles}. */
export interface LoadBalancerFilesArgs {
  /** Every controller, in a fixed order. At least one. */
  readonly controllers: readonly LoadBalancerBackend[];
  /** The cluster's CA, PEM: the machine's own health check verifies the API through itself. */
  readonly caCertificatePem: string;
  /** The address that moves between this load balancer and others. Default: there is no other. */
  readonly floating?: Floating;
  /**
   * Milliseconds until a controller that does not accept a connection is passed over. Range 100 to 60000. Default 500:
   * many round trips of any network that a cluster is in, and less than people with a timeout of a second wait.
   */
  readonly connectTimeoutMilliseconds?: number;
  /**
   * Seconds a controller that failed is left alone before it is tried again. Range 1 to 600. Default 1: while all are
   * down, nginx asks none of them, so this is also how long the API stays away after the first one is back.
   */
  readonly failTimeoutSeconds?: number;
}

const CONFIGURATION = '/etc/nginx/nginx.conf';
const DROP_IN = '/etc/systemd/system/nginx.service.d/hardway.conf';
const CA = '/etc/nginx/hardway-ca.crt';

/**
 * The load balancer in front of the controllers: nginx passes TCP from 6443 and 443 to every API server, with passive
 * checks. nginx and its stream module are Debian's (`nginx-light`, `libnginx-mod-stream`), run by Debian's unit; the
 * whole nginx.conf is ours. A change reloads, so that connections through it live on. With another load balancer
 * beside it, keepalived too, which gives one of them the address that clients know.
 */
export function loadBalancerFiles(args: LoadBalancerFilesArgs): RolePlan {
  if (args.controllers.length === 0) {
    throw new Error('a load balancer needs at least one controller to pass connections to');
  }
  const floating = args.floating && floatingPlan(args.floating);
  const answers = curlCheck({ url: 'https://127.0.0.1:6443/readyz', caCertificatePath: CA });
  return {
    files: {
      [CONFIGURATION]: publicFile(configuration(args)),
      [DROP_IN]: publicFile(renderKeepTryingDropIn()),
      [CA]: publicFile(args.caCertificatePem),
      ...floating?.files,
    },
    links: {},
    services: [
      { unit: 'nginx.service', restartOn: [DROP_IN], reloadOn: [CONFIGURATION] },
      ...(floating?.services ?? []),
    ],
    require: floating?.require ?? [],
    health: [answers, ...(floating ? [floating.health] : [])].join(' && '),
  };
}

function configuration(args: LoadBalancerFilesArgs): string {
  const failTimeout = `fail_timeout=${args.failTimeoutSeconds ?? 1}s`;
  const keepAlive = 'so_keepalive=30s:10s:3';
  return renderNginx([
    nginx('user', 'www-data'),
    nginx('worker_processes', 'auto'),
    nginx('worker_rlimit_nofile', 16384),
    // Lets a reload end: connections of the old configuration are closed after this long.
    nginx('worker_shutdown_timeout', '1h'),
    nginx('pid', '/run/nginx.pid'),
    nginx('error_log', '/var/log/nginx/error.log', 'warn'),
    nginx('include', '/etc/nginx/modules-enabled/*.conf'),
    nginxBlock(['events'], [nginx('worker_connections', 8192)]),
    nginxBlock(
      ['stream'],
      [
        nginxBlock(
          ['upstream', 'kube-apiserver'],
          [
            // Shared by the workers: one failed connection is enough for all of them.
            nginx('zone', 'kube-apiserver', '64k'),
            nginx('least_conn'),
            ...args.controllers.map(({ address }) => nginx('server', `${address}:6443`, 'max_fails=1', failTimeout)),
          ],
        ),
        nginxBlock(
          ['server'],
          [
            nginx('listen', 6443, keepAlive),
            nginx('listen', 443, keepAlive),
            nginx('proxy_pass', 'kube-apiserver'),
            nginx('proxy_connect_timeout', `${args.connectTimeoutMilliseconds ?? 500}ms`),
            nginx('proxy_socket_keepalive', 'on'),
            // As long as kubelet keeps an idle exec or port-forward; a dead peer is found by the keepalives above.
            nginx('proxy_timeout', '4h'),
          ],
        ),
        ...(args.floating ? [checkedServer()] : []),
      ],
    ),
  ]);
}
