import { executableFile, publicFile } from '../../render/certificates.ts';
import type { ProgramPlan } from '../../render/role.ts';
import { shellQuote } from '../../render/shell.ts';
import { renderUnit } from '../../render/systemd.ts';

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

const SCRIPT = '/usr/local/sbin/hardway-routes';
const UNIT = 'hardway-routes.service';

/**
 * The unit `hardway-routes`: routes to the other nodes' pods, put back at each boot, and translation of what pods send
 * outside the pod network.
 *
 * @throws Error when a route leads to the machine's own pods
 */
export function planRoutes(args: RoutesArgs): ProgramPlan {
  const own = args.routes.find((route) => route.podCidr === args.podCidr);
  if (own !== undefined) {
    throw new Error(`pod range ${own.podCidr} of ${own.name} is this machine's own: a route to it would hide its pods`);
  }
  return {
    files: {
      [SCRIPT]: executableFile(routesScript(args)),
      // systemd-networkd, where it runs, would otherwise remove routes that it did not make.
      '/etc/systemd/networkd.conf.d/hardway.conf': publicFile('[Network]\nManageForeignRoutes=no\n'),
      [`/etc/systemd/system/${UNIT}`]: publicFile(unit()),
    },
    services: [{ unit: UNIT, restartOn: [], reloadOn: [SCRIPT] }],
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

/** Routes that this project made carry this protocol number (see `ip-route(8)`), so it never touches anyone else's. */
export const ROUTE_PROTOCOL = 87;

/** The chain of the nat table in which pods' traffic to the outside is translated. */
export const EGRESS_CHAIN = 'HARDWAY-EGRESS';

/**
 * `hardway-routes up | down | check`. `up` makes routes and translation what they should be, whatever was there
 * before; each step is safe to repeat.
 */
export function routesScript(args: RoutesArgs): string {
  const wanted = args.routes.map((route) => `${route.podCidr} ${route.address}`);
  return `#!/bin/sh
# Routes to the pods of the other nodes, and translation of what pods send outside the pod network.
set -eu

# One line a node: the range of its pods and the address of the node.
wanted=${shellQuote(wanted.join('\n'))}
pods_here=${shellQuote(args.podCidr ?? '')}
pods_everywhere=${shellQuote(args.clusterPodCidr)}

each_wanted() {
  [ -z "$wanted" ] || printf '%s\\n' "$wanted"
}

add_routes() {
  each_wanted | while read -r range address; do
    ip -4 route replace "$range" via "$address" proto ${ROUTE_PROTOCOL}
  done
}

# A range without its prefix length is a single address, which ip prints without /32.
remove_other_routes() {
  ip -4 route show proto ${ROUTE_PROTOCOL} | while read -r range _; do
    case "
$1" in
      *"
$range "* | *"
$range/32 "*) ;;
      *) ip -4 route del "$range" proto ${ROUTE_PROTOCOL} ;;
    esac
  done
}

jump() {
  iptables -w -t nat "$1" POSTROUTING -m comment --comment 'hardway: pods to the outside' -j ${EGRESS_CHAIN}
}

remove_translation() {
  iptables -w -t nat -n -L ${EGRESS_CHAIN} >/dev/null 2>&1 || return 0
  while jump -C 2>/dev/null; do jump -D; done
  iptables -w -t nat -F ${EGRESS_CHAIN}
  iptables -w -t nat -X ${EGRESS_CHAIN}
}

# Naming the chain empties it, so that the whole chain changes in one step.
add_translation() {
  iptables-restore -w --noflush <<RULES
*nat
:${EGRESS_CHAIN} - [0:0]
-A ${EGRESS_CHAIN} -d $pods_everywhere -j RETURN
-A ${EGRESS_CHAIN} -d 224.0.0.0/4 -j RETURN
-A ${EGRESS_CHAIN} -s $pods_here -j MASQUERADE
COMMIT
RULES
  jump -C 2>/dev/null || jump -A
}

check() {
  each_wanted | while read -r range address; do
    ip -4 route show "$range" via "$address" proto ${ROUTE_PROTOCOL} | grep -q . || {
      echo "no route to $range by way of $address" >&2
      exit 1
    }
  done
  [ -z "$pods_here" ] || jump -C
}

case "\${1:-}" in
  up)
    add_routes
    remove_other_routes "$wanted"
    if [ -n "$pods_here" ]; then add_translation; else remove_translation; fi
    ;;
  down)
    remove_other_routes ''
    remove_translation
    ;;
  check) check ;;
  *)
    echo "usage: $0 up | down | check" >&2
    exit 2
    ;;
esac
`;
}
