# shellcheck shell=sh
# Stops, before anything is changed, on a machine that cannot do what kube-proxy in nftables mode needs.
problem=$(unshare --net sh -c 'nft add table ip hwchk && nft add map ip hwchk m "{ type ipv4_addr . inet_proto . inet_service : verdict; }"' 2>&1) || {
  echo "$(hostname): kube-proxy in nftables mode needs nft 1.0.1 and a kernel with nf_tables, 5.13 or newer, and this machine ($(uname -r)) refuses: $(echo "$problem" | tail -n 1). Nothing was changed. Fix: set hardway:kubeProxyMode to \"iptables\", or use another kernel." >&2
  exit 1
}
