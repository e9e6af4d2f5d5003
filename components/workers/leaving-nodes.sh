# shellcheck shell=sh
# Run on a controller: each node that hardway registered and the configuration no longer names leaves the cluster, one
# after the other. Its pods are evicted first, so that nothing is cut off that still serves.
wanted=__WANTED__
k() { kubectl --kubeconfig "$ROOT/etc/kubernetes/admin.conf" --request-timeout=10s "$@"; }
__EVICT_PODS__
leave() {
  __LEAVE__
}
# Names of those that an earlier run began to take leave of, and that have no Node any more.
begun() {
  __BEGUN__
}
nodes=$(k get nodes -l __LABEL__ -o 'jsonpath={range .items[*]}{.metadata.name} {end}')
begun=$(begun)
for node in $nodes $begun; do
  case " $wanted " in *" $node "*) continue ;; esac
  (leave)
  echo "node $node has left" >&2
done
