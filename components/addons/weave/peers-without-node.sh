# shellcheck shell=sh
# Prints the nodes of peers that Weave Net still lists, and that the cluster has no Node of.
known=" $(k get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {end}')"
k -n kube-system get configmap weave-net -o jsonpath='{.metadata.annotations.kube-peers\.weave\.works/peers}' 2>/dev/null |
  tr '{' '\n' | sed -n 's/.*"NodeName":"\([^"]*\)".*/\1/p' |
  while read -r name; do
    case "$known" in *" $name "*) ;; *) echo "$name" ;; esac
  done
