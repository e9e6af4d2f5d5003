import { executableFile, publicFile } from '../../lib/format/certificates.ts';
import { requireNetwork } from '../../lib/format/network-mark.ts';
import type { FilePlan, RolePlan } from '../../lib/format/role.ts';
import { renderUnit } from '../../lib/format/systemd.ts';
import { routesScript } from './routes-script.ts';

/** A node's share of the pod network. */
export interface PodRoute {
  /** Name of the node: its machine's. */
  readonly name: string;
  /** Address of the node, the next hop. */
  readonly address: string;
  /** The node's pods, e.g. `10.200.1.0/24`. */
  readonly podCidr: string;
}

/** Arguments of {@link podNetworkFiles}. */
export interface PodNetworkFilesArgs {
  /**
   * This machine's own pods, e.g. `10.200.0.0/24`. Default: it runs none (a controller that is no node), and then
   * gets routes alone.
   */
  readonly podCidr?: string;
  /** All pods of the cluster, e.g. `10.200.0.0/16`: what must not be translated on its way. */
  readonly clusterPodCidr: string;
  /** The other nodes. This machine's own share must not be among them. */
  readonly routes: readonly PodRoute[];
}

const SCRIPT = '/usr/local/sbin/hardway-routes';
const UNIT = 'hardway-routes.service';

/**
 * The bridge network of one machine: the CNI configuration where it runs pods, and on every machine the routes to the
 * other nodes' pods, put back at each boot.
 *
 * The bridge plugin's own `ipMasq` translates whatever leaves the node's share, pods of other nodes included, which
 * breaks "pod to pod without NAT"; so it is off, and the routes unit translates only what leaves the pod network.
 */
export function podNetworkFiles(args: PodNetworkFilesArgs): RolePlan {
  const own = args.routes.find((route) => route.podCidr === args.podCidr);
  if (own !== undefined) {
    throw new Error(`pod range ${own.podCidr} of ${own.name} is this machine's own: a route to it would hide its pods`);
  }
  return {
    files: {
      ...(args.podCidr === undefined ? {} : cniFiles(args.podCidr)),
      [SCRIPT]: executableFile(routesScript(args)),
      // systemd-networkd, where it runs, would otherwise remove routes that it did not make.
      '/etc/systemd/networkd.conf.d/hardway.conf': publicFile('[Network]\nManageForeignRoutes=no\n'),
      [`/etc/systemd/system/${UNIT}`]: publicFile(unit()),
    },
    directories: args.podCidr === undefined ? {} : { '/etc/cni/net.d': 0o755 },
    links: {},
    services: [{ unit: UNIT, restartOn: [], reloadOn: [SCRIPT] }],
    require: args.podCidr === undefined ? [] : requireNetwork('bridge'),
    health: `${SCRIPT} check`,
  };
}

function unit(): string {
  return renderUnit({
    description: 'hardway-routes: routes to the pods of the other nodes',
    documentation: 'https://kubernetes.io/docs/concepts/cluster-administration/networking/',
    after: ['network.target'],
    type: 'oneshot',
    start: { binary: SCRIPT, arguments: ['up'] },
    reload: { binary: SCRIPT, arguments: ['up'] },
    stop: { binary: SCRIPT, arguments: ['down'] },
  });
}

function cniFiles(podCidr: string): Record<string, FilePlan> {
  const bridge = {
    cniVersion: '1.0.0',
    name: 'hardway-bridge',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cnio0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
          // No pod outlives a boot, so neither may its address: /run is empty then.
          dataDir: '/run/hardway/cni-addresses',
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  const loopback = { cniVersion: '1.0.0', name: 'lo', plugins: [{ type: 'loopback' }] };
  return {
    '/etc/cni/net.d/10-hardway-bridge.conflist': publicFile(JSON.stringify(bridge, null, 2)),
    '/etc/cni/net.d/99-loopback.conflist': publicFile(JSON.stringify(loopback, null, 2)),
  };
}
