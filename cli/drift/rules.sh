# shellcheck shell=sh disable=SC2043
# Run on a node: says which chains of the pod network and of kube-proxy the kernel no longer has, a line each. What made
# them may use either kind of iptables.
all=$(for program in iptables-save iptables-legacy-save iptables-nft-save; do "$program" 2>/dev/null || true; done)
for chain in __CHAINS__; do
  case "$all" in
    *":$chain "*) ;;
    *) echo "$chain" ;;
  esac
done
