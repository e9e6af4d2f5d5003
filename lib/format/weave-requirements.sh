# shellcheck shell=sh
# Checks that the machine has what Weave Net needs, and names all that is missing. It changes nothing: links, sets and
# rules are made in a network namespace of their own. Arguments of the cluster:
fast_datapath=__FAST_DATAPATH__ network_policy=__NETWORK_POLICY__ iptables_backend=__IPTABLES_BACKEND__

missing=
# need FEATURE COMMAND: the command succeeds where the kernel has the feature.
need() {
  said=$(unshare --net sh -c "$2" 2>&1) || missing="$missing; $1${said:+: $(echo "$said" | tail -n 1)}"
}

for module in veth bridge br_netfilter ip_set xt_set xt_physdev openvswitch; do
  modprobe --quiet $module 2>/dev/null || true
done
need 'links of type veth (CONFIG_VETH)' 'ip link add hwchk0 type veth peer name hwchk1'
need 'links of type bridge (CONFIG_BRIDGE)' 'ip link add hwchk2 type bridge'
need 'bridged packets in iptables (br_netfilter)' "[ -e $ROOT/proc/sys/net/bridge/bridge-nf-call-iptables ]"
need 'address translation in iptables (MASQUERADE)' 'iptables -w -t nat -A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE'
need 'connection states in iptables (xt_conntrack)' 'iptables -w -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
if [ "$network_policy" = true ]; then
  need 'address sets (ip_set_hash_ip)' 'ipset create hwchk3 hash:ip comment'
  need 'address sets in iptables (xt_set)' 'ipset create hwchk4 hash:ip && iptables -w -A FORWARD -m set --match-set hwchk4 src -j ACCEPT'
  need 'bridge ports in iptables (xt_physdev)' 'iptables -w -A FORWARD -m physdev --physdev-is-bridged -j ACCEPT'
  need 'marks in iptables (xt_mark)' 'iptables -w -A FORWARD -j MARK --set-xmark 0x40000/0x40000'
fi
if [ "$fast_datapath" = on ] && [ ! -e "$ROOT/sys/module/openvswitch" ]; then
  missing="$missing; openvswitch, which hardway:weaveFastDatapath \"on\" needs (\"auto\" works without it)"
fi
# kube-proxy uses the machine's own iptables, and Weave Net must write its rules with the same one.
case "$iptables_backend $(iptables --version)" in
  'nft '*nf_tables* | 'legacy '*legacy*) ;;
  'nft '*) missing="$missing; the nft iptables: this machine has $(iptables --version) (set hardway:weaveIptablesBackend to legacy)" ;;
  *) missing="$missing; the legacy iptables: this machine has $(iptables --version) (set hardway:weaveIptablesBackend to nft)" ;;
esac
[ -s "$ROOT/etc/machine-id" ] || missing="$missing; an identity of its own in /etc/machine-id (run systemd-machine-id-setup)"
if [ -n "$missing" ]; then
  echo "$(hostname): Weave Net needs what this machine lacks: ${missing#; }. Nothing was changed." >&2
  exit 1
fi
