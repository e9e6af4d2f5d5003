# The look at a host: prints facts, one `key=value` a line, and changes nothing. Runs as root, in any POSIX shell.
# $1 is put before every path; only tests set it.
root=${1:-}
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH

fact() { printf '%s=%s\n' "$1" "$2"; }
# Every line of standard input as one value of a key.
facts() { while IFS= read -r line; do fact "$1" "$line"; done; }
have() { command -v "$1" >/dev/null 2>&1; }

# First of all, so that it is near the moment at which it is heard.
fact clock "$(date +%s.%N)"
fact uid "$(id -u)"

fact os "$(. "$root/etc/os-release" 2>/dev/null && printf '%s %s' "${ID:-}" "${VERSION_ID:-}")"
fact machine "$(uname -m)"
fact kernel "$(uname -r)"
fact hostname "$(uname -n)"
fact init "$(cat "$root/proc/1/comm" 2>/dev/null)"
have apt-get && fact apt yes
fact machineId "$(cat "$root/etc/machine-id" 2>/dev/null)"
fact boot "$(cat "$root/proc/sys/kernel/random/boot_id" 2>/dev/null)"
fact capabilities "$(sed -n 's/^CapBnd:[[:space:]]*//p' "$root/proc/self/status" 2>/dev/null)"
if [ -e "$root/sys/fs/cgroup/cgroup.controllers" ]; then fact cgroup 2; else fact cgroup 1; fi
if [ -e "$root/run/systemd/container" ] || [ -e "$root/.dockerenv" ] || [ -e "$root/run/.containerenv" ]; then
  fact container yes
fi

# A kernel feature: `yes` when it is there, `module` when it can be loaded, `no` when it cannot, `unknown` without modules
# to look through. modprobe only says what it would do.
modules=$root/lib/modules/$(uname -r)
feature() { # <module> <test that it is there>
  if eval "$2" 2>/dev/null || grep -qs "^$1 " "$root/proc/modules"; then fact "feature.$1" yes
  elif [ ! -d "$modules" ] || ! have modprobe; then fact "feature.$1" unknown
  elif modprobe -n -q "$1" 2>/dev/null; then fact "feature.$1" module
  else fact "feature.$1" no
  fi
}
[ -d "$modules" ] && fact modules yes
feature overlay 'grep -qw overlay "$root/proc/filesystems"'
feature br_netfilter '[ -e "$root/proc/sys/net/bridge/bridge-nf-call-iptables" ]'
feature nf_conntrack '[ -e "$root/proc/sys/net/netfilter/nf_conntrack_max" ]'
feature nf_tables false
feature ip_tables '[ -e "$root/proc/net/ip_tables_names" ]'
feature ip_vs '[ -e "$root/proc/net/ip_vs" ]'
feature vxlan '[ -e "$root/sys/module/vxlan" ]'
feature openvswitch '[ -e "$root/sys/module/openvswitch" ]'

sed -n '2,$p' "$root/proc/swaps" 2>/dev/null | facts swap
sed -n 's/^MemTotal:[[:space:]]*\([0-9]*\) kB/\1/p' "$root/proc/meminfo" 2>/dev/null | facts memory
fact cpus "$(getconf _NPROCESSORS_ONLN 2>/dev/null || grep -c '^processor' "$root/proc/cpuinfo")"
# Room where the data of roles goes: of each folder, or of the nearest one above it that is there.
for path in /opt /var/log /var/lib/etcd /var/lib/containerd /var/lib/kubelet; do
  near=$root$path
  while [ ! -d "$near/" ] && [ -n "$near" ]; do near=${near%/*}; done
  df -Pk "$near/" 2>/dev/null | sed -n '2p' |
    while read -r _ size _ free _ mount; do fact disk "$path $size $free $mount"; done
done

# Who listens: TCP sockets in state LISTEN, UDP sockets without a peer; and their programs' names where ss is.
for kind in tcp:0A tcp6:0A udp:07 udp6:07; do
  awk -v state="${kind#*:}" '$4 == state { print $2 }' "$root/proc/net/${kind%:*}" 2>/dev/null | facts "listen.${kind%:*}"
done
have ss && ss -Hlntup 2>/dev/null | facts ss

if have ip; then ip -o -4 address show 2>/dev/null | awk '{ print $4 }' | facts address
else hostname -I 2>/dev/null | tr ' ' '\n' | grep . | facts address
fi

awk '$2 == "00000000" && $8 == "00000000" { print "yes"; exit }' "$root/proc/net/route" 2>/dev/null | facts route

# What other clusters leave behind: paths that are there, folders only when something is in them.
for path in /etc/kubernetes /var/lib/kubelet /var/lib/etcd /etc/cni/net.d /var/lib/rancher /etc/rancher /var/lib/k0s \
  /etc/k0s /var/snap/microk8s /var/lib/weave /var/lib/calico /var/lib/cilium \
  /run/containerd/io.containerd.runtime.v2.task/k8s.io /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes; do
  if [ -d "$root$path" ]; then
    # A file system of its own has its own folder for what it lost.
    [ -z "$(ls -A "$root$path" 2>/dev/null | grep -vx 'lost+found')" ] || fact left "$path"
  elif [ -e "$root$path" ]; then fact left "$path"
  fi
done
for unit in kubelet k3s k3s-agent k0scontroller k0sworker rke2-server rke2-agent snap.microk8s.daemon-kubelite etcd \
  kube-apiserver containerd; do
  for folder in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
    if [ -e "$root$folder/$unit.service" ]; then
      fact unit "$unit"
      break
    fi
  done
done
for unit in nginx keepalived; do
  have systemctl && systemctl is-active --quiet "$unit.service" 2>/dev/null && fact active "$unit"
done
grep -qsi '^ENABLED=yes' "$root/etc/ufw/ufw.conf" && fact firewall ufw
have systemctl && systemctl is-active --quiet firewalld.service 2>/dev/null && fact firewall firewalld
for units in "$root"/var/lib/hardway/*/units; do
  [ -f "$units" ] || continue
  role=${units%/units}
  fact role "${role##*/}"
done
fact identity "$(head -n 1 "$root/var/lib/hardway/identity" 2>/dev/null)"
fact end 1
