/** What Weave Net needs of a machine, asked before anything on it is changed. */

/** The settings that decide what is needed. */
export interface WeaveNeeds {
  /** `on` asks for openvswitch; `auto` does without where it is missing. */
  readonly fastDatapath: 'auto' | 'on' | 'off';
  /** Whether network policies are enforced, which takes ipset and its match. */
  readonly networkPolicy: boolean;
  /** The iptables that Weave Net writes its rules with: the machine's own must be the same, kube-proxy uses that. */
  readonly iptablesBackend: 'nft' | 'legacy';
}

/** One feature: a command that succeeds where the kernel has it. It runs in a network namespace of its own. */
interface Feature {
  readonly name: string;
  readonly probe: string;
}

const always: readonly Feature[] = [
  { name: 'links of type veth (CONFIG_VETH)', probe: 'ip link add hwchk0 type veth peer name hwchk1' },
  { name: 'links of type bridge (CONFIG_BRIDGE)', probe: 'ip link add hwchk2 type bridge' },
  { name: 'bridged packets in iptables (br_netfilter)', probe: '[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]' },
  {
    name: 'address translation in iptables (MASQUERADE)',
    probe: 'iptables -w -t nat -A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE',
  },
  {
    name: 'connection states in iptables (xt_conntrack)',
    probe: 'iptables -w -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  },
];

const forPolicies: readonly Feature[] = [
  { name: 'address sets (ip_set_hash_ip)', probe: 'ipset create hwchk3 hash:ip comment' },
  {
    name: 'address sets in iptables (xt_set)',
    probe: 'ipset create hwchk4 hash:ip && iptables -w -A FORWARD -m set --match-set hwchk4 src -j ACCEPT',
  },
  {
    name: 'bridge ports in iptables (xt_physdev)',
    probe: 'iptables -w -A FORWARD -m physdev --physdev-is-bridged -j ACCEPT',
  },
  { name: 'marks in iptables (xt_mark)', probe: 'iptables -w -A FORWARD -j MARK --set-xmark 0x40000/0x40000' },
];

const modules = ['veth', 'bridge', 'br_netfilter', 'ip_set', 'xt_set', 'xt_physdev', 'openvswitch'];

/** Lines that end with a word on what is missing, and change nothing: links and rules live in a namespace of their own. */
export function weaveRequirements(needs: WeaveNeeds): string[] {
  const features = [...always, ...(needs.networkPolicy ? forPolicies : [])];
  const backend = needs.iptablesBackend === 'nft' ? 'nf_tables' : 'legacy';
  const other = needs.iptablesBackend === 'nft' ? 'legacy' : 'nft';
  return [
    `for module in ${modules.join(' ')}; do modprobe --quiet $module 2>/dev/null || true; done`,
    'missing=',
    ...features.map(
      ({ name, probe }) =>
        `said=$(unshare --net sh -c '${probe}' 2>&1) || missing="$missing; ${name}\${said:+: $(echo "$said" | tail -n 1)}"`,
    ),
    ...(needs.fastDatapath === 'on'
      ? [
          "[ -e /sys/module/openvswitch ] || missing=\"$missing; openvswitch, which hardway:weaveFastDatapath 'on' takes ('auto' does without)\"",
        ]
      : []),
    `case "$(iptables --version)" in *${backend}*) ;; *) missing="$missing; iptables by ${needs.iptablesBackend}: the machine's own, which kube-proxy uses, is $(iptables --version) (set hardway:weaveIptablesBackend to ${other})" ;; esac`,
    '[ -s /etc/machine-id ] || missing="$missing; an identity of its own in /etc/machine-id (run systemd-machine-id-setup)"',
    `[ -z "$missing" ] || { echo "Weave Net needs what this machine lacks: \${missing#; }. Nothing was changed." >&2; exit 1; }`,
  ];
}
