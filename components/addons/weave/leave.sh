# shellcheck shell=sh disable=SC2154
# Run on a controller before "$node" leaves Weave Net for good, so that its share of the addresses comes back: its pods go,
# then the node, and with it its peer; when no peer is left on it, one that stays takes its addresses over (`rmpeer`) and
# the list of peers no longer names it. Each step may be done already.
handed=
api=http://127.0.0.1:6784
weave() { k -n kube-system "$@"; }
# The peers that the list of peers has for the node.
peers_of_node() {
  weave get configmap weave-net -o jsonpath='{.metadata.annotations.kube-peers\.weave\.works/peers}' 2>/dev/null |
    tr '{' '\n' | sed -n "s/.*\"PeerName\":\"\([^\"]*\)\".*\"NodeName\":\"$node\".*/\1/p"
}
pods_of_node() { weave "$@" pods -l name=weave-net --field-selector "spec.nodeName=$node"; }

peers=$(peers_of_node)
if k get node "$node" >/dev/null 2>&1; then
  evict_pods
  # The leaving peer itself hands its addresses over, and gives out none from then on.
  leaving=$(pods_of_node get -o name | head -n 1)
  [ -z "$leaving" ] || ! weave exec "$leaving" -c weave -- curl -sSf --max-time 20 -X DELETE $api/peer >&2 || handed=yes
  k delete node "$node" --ignore-not-found >&2
fi
# The cluster itself would do it after 40 s. Its kubelet, where it still lives, ends the peer then.
pods_of_node delete --grace-period=0 --force --ignore-not-found >&2 2>/dev/null || true
tries=0
while pods_of_node get --no-headers 2>/dev/null | grep -q . && [ $tries -lt 60 ]; do
  sleep 1
  tries=$((tries + 1))
done

survivor=$(weave get pods -l name=weave-net --field-selector status.phase=Running \
  -o jsonpath='{range .items[*]}{.spec.nodeName} {.metadata.name}{"\n"}{end}' | awk -v gone="$node" '$1 != gone { print $2; exit }')
if [ -z "$survivor" ]; then
  echo "no peer is left that could take over the addresses of $node" >&2
  exit 0
fi
ask() { weave exec "$survivor" -c weave -- curl -sS --max-time 5 "$@"; }
for peer in $peers; do
  tries=0
  # A peer that could not be asked must have been seen to go: its addresses would be given twice.
  while [ -z "$handed" ] && ask $api/status/connections | grep established | grep -q "$peer" && [ $tries -lt 60 ]; do
    sleep 1
    tries=$((tries + 1))
  done
  ask -X DELETE "$api/peer/$peer" >&2 || true
done
tries=0
while [ -n "$(peers_of_node)" ] && [ $tries -lt 30 ]; do
  sleep 1
  tries=$((tries + 1))
done
if ask $api/status/ipam | grep -F "($node)" >&2; then
  echo "addresses of $node did not come back" >&2
  exit 1
fi
