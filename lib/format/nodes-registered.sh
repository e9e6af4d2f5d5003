# shellcheck shell=sh
# Holds when every one of the nodes is registered, and Ready where that is asked for; prints those that are not.
kubectl --kubeconfig "$ROOT/etc/kubernetes/admin.conf" --request-timeout=2s get nodes --no-headers |
  awk -v wanted=__NODES__ -v ready=__READY__ '
    !ready || $2 == "Ready" || $2 ~ /^Ready,/ { seen[$1] = 1 }
    END {
      n = split(wanted, names, " ")
      for (i = 1; i <= n; i++) {
        if (names[i] in seen) continue
        print names[i] (ready ? " is not Ready" : " is not registered")
        missing = 1
      }
      exit missing
    }
  '
