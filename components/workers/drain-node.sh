# shellcheck shell=sh disable=SC2034
# Run on a controller before the node's programs are updated: takes its pods off, unless what runs there already is what
# is wanted. A node that was cordoned before stays cordoned afterwards.
k() { kubectl --kubeconfig "$ROOT/etc/kubernetes/admin.conf" --request-timeout=10s "$@"; }
__EVICT_PODS__
node=__NODE__
seen=$(k get node "$node" --ignore-not-found -o __FIELDS__)
# A node that is not there has no pods, and one that runs what is wanted need not lose them.
case $seen in '' | __RUNS__) exit 0 ;; esac
others=$(k get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status} {.spec.taints[*].effect}{"\n"}{end}' |
  grep -v "^$node " | grep -v 'No[SE]' | grep -c ' True' || true)
if [ "$others" = 0 ]; then
  echo "node $node is not drained: no other node takes pods" >&2
  exit 0
fi
unschedulable=$(k get node "$node" -o 'jsonpath={.spec.unschedulable}')
cordoned=$(k get node "$node" -o __ANNOTATION__)
if [ "$unschedulable" = true ] && [ -z "$cordoned" ]; then
  keep_cordon=1
else
  keep_cordon=
  k annotate --overwrite node "$node" hardway.local/cordoned=update >/dev/null
fi
evict_pods || {
  k annotate node "$node" hardway.local/cordoned- >/dev/null
  exit 1
}
