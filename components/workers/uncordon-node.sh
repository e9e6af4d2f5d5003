# shellcheck shell=sh
# Run on a controller after the node's programs were updated: pods may come again, unless the node was cordoned before the update.
k() { kubectl --kubeconfig "$ROOT/etc/kubernetes/admin.conf" --request-timeout=10s "$@"; }
node=__NODE__
cordoned=$(k get node "$node" --ignore-not-found -o __ANNOTATION__)
[ -n "$cordoned" ] || exit 0
k uncordon "$node" >/dev/null
k annotate node "$node" hardway.local/cordoned- >/dev/null
