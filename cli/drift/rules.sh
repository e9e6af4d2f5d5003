# shellcheck shell=sh disable=SC2043
# Run on a node: says which chains of the pod network and of kube-proxy no rule leads to, a line each: a flush leaves chains
# and takes rules. What made them may use either kind of iptables.
all=$(for program in iptables-save iptables-legacy-save iptables-nft-save; do "$program" 2>/dev/null || true; done)
for chain in __CHAINS__; do
  case "$all
" in
    *"-j $chain
"* | *"-j $chain "*) ;;
    *) echo "$chain" ;;
  esac
done
