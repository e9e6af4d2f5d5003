#!/bin/sh
# Routes to the pods of the other nodes, and translation of what pods send outside the pod network.
set -eu

# One line a node: the range of its pods and the address of the node.
wanted=__WANTED__
pods_here=__PODS_HERE__
pods_everywhere=__PODS_EVERYWHERE__

each_wanted() {
  [ -z "$wanted" ] || printf '%s\n' "$wanted"
}

add_routes() {
  each_wanted | while read -r range address; do
    ip -4 route replace "$range" via "$address" proto 87
  done
}

# A range without its prefix length is a single address, which ip prints without /32.
remove_other_routes() {
  ip -4 route show proto 87 | while read -r range _; do
    case "
$1" in
      *"
$range "* | *"
$range/32 "*) ;;
      *) ip -4 route del "$range" proto 87 ;;
    esac
  done
}

jump() {
  iptables -w -t nat "$1" POSTROUTING -m comment --comment 'hardway: pods to the outside' -j HARDWAY-EGRESS
}

remove_translation() {
  iptables -w -t nat -n -L HARDWAY-EGRESS >/dev/null 2>&1 || return 0
  while jump -C 2>/dev/null; do jump -D; done
  iptables -w -t nat -F HARDWAY-EGRESS
  iptables -w -t nat -X HARDWAY-EGRESS
}

# Naming the chain empties it, so that the whole chain changes in one step.
add_translation() {
  iptables-restore -w --noflush <<RULES
*nat
:HARDWAY-EGRESS - [0:0]
-A HARDWAY-EGRESS -d $pods_everywhere -j RETURN
-A HARDWAY-EGRESS -d 224.0.0.0/4 -j RETURN
-A HARDWAY-EGRESS -s $pods_here -j MASQUERADE
COMMIT
RULES
  jump -C 2>/dev/null || jump -A
}

# Asks the kernel twice, however many nodes there are: the watcher does so again and again.
check() {
  have=$(ip -4 route show proto 87)
  each_wanted | while read -r range address; do
    case "
$have" in
      *"
$range via $address "* | *"
${range%/32} via $address "*) ;;
      *)
        echo "no route to $range by way of $address" >&2
        exit 1
        ;;
    esac
  done || return 1
  [ -n "$pods_here" ] || return 0
  rules=$(iptables -w -t nat -S)
  for rule in '-A POSTROUTING .* -j HARDWAY-EGRESS' "-A HARDWAY-EGRESS -d $pods_everywhere -j RETURN" \
    "-A HARDWAY-EGRESS -s $pods_here -j MASQUERADE"; do
    printf '%s\n' "$rules" | grep -q -e "^$rule" || {
      echo "no rule $rule in iptables' table nat" >&2
      return 1
    }
  done
}

# Whatever takes routes and rules away, a link that went down, systemd-networkd, NetworkManager, a firewall: they come back.
watch() {
  while :; do
    sleep 5
    check 2>/run/hardway.routes && continue
    echo "$(cat /run/hardway.routes): putting it back"
    "$0" up || true
  done
}

case "${1:-}" in
  up)
    add_routes
    if [ -n "$pods_here" ]; then add_translation; else remove_translation; fi
    ;;
  down)
    remove_other_routes ''
    remove_translation
    ;;
  # Apart from `up`: pods of a node that leaves are reached until they are gone.
  prune) remove_other_routes "$wanted" ;;
  check) check ;;
  watch) watch ;;
  *)
    echo "usage: $0 up | down | prune | check | watch" >&2
    exit 2
    ;;
esac
