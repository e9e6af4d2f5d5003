# shellcheck shell=sh
# Holds when containerd answers and the API server has the node with the kubelet that was installed, and as Ready where
# it has a pod network already: a node waits for that without being broken.
"$ROOT/usr/local/bin/ctr" --connect-timeout 2s version >/dev/null || exit 1
seen=$("$ROOT/usr/local/bin/kubectl" --kubeconfig __KUBECONFIG__ --request-timeout=2s get node __NODE__ -o=__FIELDS__) || exit 1
case $seen in
  "__VERSION__ True") ;;
  "__VERSION__ "*)
    if [ -n "$(ls -A "$ROOT/etc/cni/net.d" 2>/dev/null)" ]; then
      echo "the node is not Ready"
      exit 1
    fi
    ;;
  *)
    echo "the API server has the node with kubelet ${seen%% *}"
    exit 1
    ;;
esac
