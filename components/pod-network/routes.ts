import { executableFile, publicFile } from '../../lib/format/certificates.ts';
import type { ProgramPlan } from '../../lib/format/role.ts';
import { readScript } from '../../lib/format/script.ts';
import { renderUnit } from '../../lib/format/systemd.ts';

/** A node's share of the pod network. */
export interface PodRoute {
  /** Name of the node: its machine's. */
  readonly name: string;
  /** Address of the node, the next hop. */
  readonly address: string;
  /** The node's pods, e.g. `10.200.1.0/24`. */
  readonly podCidr: string;
}

/** Arguments of {@link planRoutes}. */
export interface RoutesArgs {
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

export const ROUTES_SCRIPT = '/usr/local/sbin/hardway-routes';
const UNIT = 'hardway-routes.service';
const WATCH = 'hardway-routes-watch.service';

/**
 * The unit `hardway-routes`: routes to the other nodes' pods, put back at each boot, and translation of what pods send
 * outside the pod network. The unit beside it puts them back when they are taken away in between.
 *
 * @throws Error when a route leads to the machine's own pods
 */
export function planRoutes(args: RoutesArgs): ProgramPlan {
  const toItself = args.routes.find((route) => route.podCidr === args.podCidr);
  if (toItself !== undefined) {
    throw new Error(
      `pod range ${toItself.podCidr} of ${toItself.name} is this machine's own: a route to it would hide its pods`,
    );
  }
  return {
    files: {
      [ROUTES_SCRIPT]: executableFile(routesScript(args)),
      // systemd-networkd, where it runs, would otherwise remove routes that it did not make.
      '/etc/systemd/networkd.conf.d/hardway.conf': publicFile('[Network]\nManageForeignRoutes=no\n'),
      [`/etc/systemd/system/${UNIT}`]: publicFile(unit()),
      [`/etc/systemd/system/${WATCH}`]: publicFile(watchUnit()),
    },
    services: [
      // First, so that it is stopped before what it watches.
      { unit: WATCH, restartOn: [ROUTES_SCRIPT] },
      { unit: UNIT, restartOn: [], reloadOn: [ROUTES_SCRIPT] },
    ],
    // A unit that has run once is not started again, also where what it made is gone.
    preStart: [`! systemctl is-active --quiet ${UNIT} || ${ROUTES_SCRIPT} up`],
    health: `${ROUTES_SCRIPT} check`,
  };
}

function unit(): string {
  return renderUnit({
    description: 'hardway-routes: routes to the pods of the other nodes',
    documentation: 'https://kubernetes.io/docs/concepts/cluster-administration/networking/',
    after: ['network.target'],
    type: 'oneshot',
    start: { binary: ROUTES_SCRIPT, arguments: ['up'] },
    reload: { binary: ROUTES_SCRIPT, arguments: ['up'] },
    stop: { binary: ROUTES_SCRIPT, arguments: ['down'] },
  });
}

function watchUnit(): string {
  return renderUnit({
    description: 'hardway-routes-watch: puts routes and rules of the pod network back when they are gone',
    documentation: 'https://kubernetes.io/docs/concepts/cluster-administration/networking/',
    after: [UNIT],
    wants: [UNIT],
    type: 'exec',
    start: { binary: ROUTES_SCRIPT, arguments: ['watch'] },
  });
}

/**
 * `hardway-routes up | down | prune | check | watch`. `up` makes the routes and the translation that should be there; `prune`
 * removes the routes that should not; each is safe to repeat. Routes of its own carry protocol number 87 (see `ip-route(8)`), so that it never touches
 * others.
 */
export function routesScript({ routes, podCidr = '', clusterPodCidr }: RoutesArgs): string {
  return readScript(import.meta.dirname, 'routes.sh', {
    WANTED: routes.map((route) => `${route.podCidr} ${route.address}`).join('\n'),
    PODS_HERE: podCidr,
    PODS_EVERYWHERE: clusterPodCidr,
  });
}
