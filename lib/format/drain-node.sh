# shellcheck shell=sh disable=SC2154
# Takes the pods off "$node". It has no request timeout of its own: it waits for pods to end.
kubectl --kubeconfig "$ROOT/etc/kubernetes/admin.conf" drain "$node" --ignore-daemonsets --delete-emptydir-data --force --disable-eviction --grace-period=10 --timeout=60s >&2 || true
