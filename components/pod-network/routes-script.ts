import { shellQuote } from '../../lib/format/shell.ts';
import type { PodNetworkFilesArgs } from './files.ts';

/** Routes that this project made carry this protocol number (see `ip-route(8)`), so it never touches anyone else's. */
export const ROUTE_PROTOCOL = 87;

/** The chain of the nat table in which pods' traffic to the outside is translated. */
export const EGRESS_CHAIN = 'HARDWAY-EGRESS';

/**
 * `hardway-routes up | down | check`. `up` makes routes and translation what they should be, whatever was there
 * before; each step is safe to repeat.
 */
export function routesScript(args: PodNetworkFilesArgs): string {
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
