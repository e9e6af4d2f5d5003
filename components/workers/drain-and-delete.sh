# shellcheck shell=sh
# Run on a controller before a node is removed: drains it, then deletes it. A node whose pods do not end is not waited
# for longer than a minute.
node=__NODE__
k() { kubectl --kubeconfig "$ROOT/etc/kubernetes/admin.conf" --request-timeout=10s "$@"; }
found=$(k get node "$node" --ignore-not-found -o name)
[ -n "$found" ] || exit 0
__DRAIN_NODE__
k delete node "$node" --ignore-not-found >&2
