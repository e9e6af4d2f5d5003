# shellcheck shell=sh disable=SC2154
# Takes the pods off "$node" within their disruption budgets, and gives up after a while: then the node goes on serving.
# A node that does not answer cannot end its pods, and its pods are not waited for.

# Waits, within bounds, until a controller manager leads: its lease is renewed, and has been held for some seconds.
controllers_work() {
  lease() { k -n kube-system get lease kube-controller-manager -o "jsonpath={.spec.$1}"; }
  end=$(($(date +%s) + 40))
  before=$(lease renewTime || true)
  until [ "$(lease renewTime)" != "$before" ] &&
    [ $(($(date -d "$(lease renewTime)" +%s) - $(date -d "$(lease acquireTime)" +%s))) -ge 5 ]; do
    [ "$(date +%s)" -lt "$end" ] || return 0
    sleep 1
  done
}
evict_pods() {
  answers=$(k get node "$node" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')
  if [ "$answers" = Unknown ]; then
    echo "node $node does not answer: its pods are not waited for" >&2
    return 0
  fi
  # After an update of the control plane no controller manager leads for some seconds. Pods that end meanwhile stay
  # endpoints of their Services.
  controllers_work
  # It has no request timeout: it waits for pods to end.
  kubectl --kubeconfig "$ROOT/etc/kubernetes/admin.conf" drain "$node" --ignore-daemonsets --delete-emptydir-data --force --timeout=__SECONDS__s >"$ROOT/run/hardway.drain.$node" 2>&1 && {
    rm -f "$ROOT/run/hardway.drain.$node"
    return 0
  }
  grep '^error when evicting' "$ROOT/run/hardway.drain.$node" | sort -u | tail -n 3 >&2 || tail -n 3 "$ROOT/run/hardway.drain.$node" >&2
  # A caller may say that it was cordoned before, and stays so.
  [ -n "${keep_cordon:-}" ] || k uncordon "$node" >&2 || true
  pods=$(k get pods -A --field-selector "spec.nodeName=$node,status.phase=Running" \
    -o 'jsonpath={range .items[?(@.metadata.ownerReferences[0].kind!="DaemonSet")]}{.metadata.namespace}/{.metadata.name} {end}')
  budgets=$(k get poddisruptionbudgets -A \
    -o 'jsonpath={range .items[?(@.status.disruptionsAllowed==0)]}{.metadata.namespace}/{.metadata.name} {end}')
  echo "node $node stays in the cluster: after __SECONDS__ s these pods are still on it: ${pods:-none }(disruption budgets that allow no disruption: ${budgets% }). Fix: give the pods room elsewhere, change the budget, or raise hardway:drainTimeoutSeconds; then run the same command again." >&2
  return 1
}
