# shellcheck shell=sh disable=SC2174
# Marks a machine that outlives its cluster when it joins, and cleans it when it leaves.
#   host.sh claim IDENTITY    marks it as the cluster's, and notes what was there before
#   host.sh release IDENTITY  takes off what the cluster put there, and the mark last
# IDENTITY is CLUSTER/NAME/KEY. Every step may have been done already: a run that was cut off is finished by the next.
set -eu
verb=$1 identity=$2
home=/var/lib/hardway
gone=/var/lib/.hardway-gone
holder=$(cat $home/identity 2>/dev/null || true)

say() { echo "$(hostname): $*" >&2; }
fail() {
  say "$*"
  exit 1
}

# Folders that hold nothing but the cluster's own, where they were not there before it, by the role that fills them.
any_folders='
  /opt/hardway /run/hardway'
etcd_folders='
  /etc/etcd /var/lib/etcd'
controller_folders='
  /etc/kubernetes /var/log/kubernetes /root/.kube/cache'
node_folders='
  /etc/kubernetes /etc/containerd /etc/cni /opt/cni /opt/containerd /var/lib/kubelet /var/lib/kube-proxy
  /var/lib/containerd /var/lib/cni /var/lib/weave /var/log/pods /var/log/containers /run/containerd /run/nri
  /root/.kube/cache'

# Services of the machine's own that the cluster's need out of the way: by a load balancer or controller, by a node.
served='nginx.service keepalived.service'
swapping='zramswap.service zram-config.service dphys-swapfile.service'

# A disk of its own is no less empty for what its file system keeps on it.
holds() { [ -d "$1" ] && [ -n "$(ls -A -I lost+found "$1")" ]; }

# Left by a staging that was killed: it would keep services from starting for as long as it lies there.
drop_policy() {
  policy=/usr/sbin/policy-rc.d
  rm -f $policy.hardway-new
  ! grep -qsxF '# hardway: nothing is started while its packages are installed' $policy || rm -f $policy
}

note_before() {
  [ ! -d $home/before ] || return 0
  rm -rf $home/before.new
  mkdir -p -m 0700 $home/before.new
  for folder in $any_folders $etcd_folders $controller_folders $node_folders; do
    ! holds "$folder" || echo "$folder"
  done >$home/before.new/folders
  sysctl -e net.ipv4.ip_forward net.ipv4.conf.all.route_localnet >$home/before.new/sysctls 2>/dev/null || true
  [ "$(systemctl is-enabled swap.target 2>/dev/null)" = masked ] || touch $home/before.new/swap-unmasked
  [ "$(wc -l </proc/swaps)" -le 1 ] || touch $home/before.new/swap-on
  for unit in $served $swapping; do
    [ "$(systemctl is-enabled "$unit" 2>/dev/null)" != enabled ] || echo "enable $unit"
    ! systemctl is-active --quiet "$unit" 2>/dev/null || echo "start $unit"
  done >$home/before.new/services
  mv -T $home/before.new $home/before
}

if [ "$verb" = claim ]; then
  cluster=${identity%%/*} rest=${identity#*/}
  theirs=${holder#*/}
  case $holder in
    '' | "$identity" | "$cluster/${rest%%/*}/"*) ;;
    "$cluster"/*)
      fail "this machine is ${theirs%%/*} of this cluster and cannot be ${rest%%/*} too. Fix: remove ${theirs%%/*} from hardway:hosts, update, then add the machine by its new name."
      ;;
    *)
      fail "this machine belongs to another cluster (its mark is $holder). Nothing was changed. Fix: remove it from that cluster (\"make down\" there), or, where that is no longer possible, run on this machine as root: sh $home/host.sh release \"\$(cat $home/identity)\""
      ;;
  esac
  rm -rf $gone
  drop_policy
  mkdir -p -m 0700 $home
  note_before
  cp "${0%/*}/apply.sh" $home/host.sh.new
  mv -f $home/host.sh.new $home/host.sh
  printf '%s\n' "$identity" >$home/identity.new
  mv -f $home/identity.new $home/identity
  exit 0
fi

# Another cluster's by now, or released already.
[ "$holder" = "$identity" ] || exit 0
# Without the note of what was there before, only what bears the name is certainly the cluster's.
noted=1
if [ ! -f $home/before/folders ]; then
  noted=
  say "$home/before, the record of this machine before the cluster, is missing: data and configuration of the cluster stay, and so do swap and kernel settings."
fi

drop_policy

# Which roles ever were here: one that was dropped long ago left things behind too. An earlier version noted none.
was() { grep -qxF -e "$1" $home/roles; }
touch $home/roles
for units in "$home"/*/units; do
  [ -f "$units" ] || continue
  role=${units%/units}
  role=${role##*/}
  was "$role" || echo "$role" >>$home/roles
  sh $home/apply.sh remove "$role" "$identity"
done

# Containers outlive containerd and kubelet: whatever runs in the groups of either.
left() {
  for group in /proc/[0-9]*/cgroup; do
    grep -qE '[:/]kubepods|/containerd\.service' "$group" 2>/dev/null || continue
    pid=${group%/cgroup}
    echo "${pid##*/}"
  done
}
# What containers hold besides the files of the node. On machines without containers all of this belongs to others.
end_containers() {
  tries=0
  while pids=$(left) && [ -n "$pids" ]; do
    tries=$((tries + 1))
    [ $tries -le 100 ] || fail "processes of pods do not end: $(printf '%s' "$pids" | tr '\n' ' '). Fix: see with ps what holds them, then run the same command again."
    # shellcheck disable=SC2086
    kill -9 $pids 2>/dev/null || true
    sleep 0.1
  done

  # Deepest first. Detached at once: what holds one of them open must not hold up the rest.
  sed -E 's/^([^ ]+ ){4}([^ ]+) .*$/\2/' /proc/self/mountinfo |
    grep -E '^(/var/lib/kubelet|/var/lib/containerd|/run/containerd|/run/netns/cni-[^/]*$)(/|$)' | sort -r |
    while read -r mount; do
      case $mount in /var/lib/kubelet | /var/lib/containerd | /run/containerd) continue ;; esac
      # One that went meanwhile is none: emptying the folder below says what is really left.
      umount -l "$(printf '%b' "$mount")" 2>/dev/null || true
    done
  rm -f /run/netns/cni-*

  for link in /sys/class/net/*; do
    case ${link##*/} in
      cnio0 | weave | vethwe* | vxlan-6784 | datapath) ip link delete "${link##*/}" 2>/dev/null || true ;;
    esac
  done
}
! was node || end_containers

# kube-proxy, the pod networks and kubelet leave their rules behind, so that connections outlive them.
chains=HARDWAY-EGRESS
! was node || chains="$chains|KUBE-|CNI-|WEAVE"
ours=$chains
! was node || ours="$ours|Weave Net| -[io] weave( |\$)|86 -j NFLOG|-j NFLOG --nflog-group 86"
# Names nothing but what goes, so that rules which others make meanwhile, or made with nft(8), stay as they are. Naming
# a chain of ours empties it; then the rules of others' chains that lead there; then the chain.
removal_of_rules() {
  awk -v chains="^($chains)" -v ours="$ours" '
    /^[*]/ { table = $0; text = last = ""; split("", own) }
    /^:/ && substr($1, 2) ~ chains {
      own[substr($1, 2)]
      text = text $1 " - [0:0]\n"
      last = last "-X " substr($1, 2) "\n"
    }
    /^-A / && !($2 in own) && $0 ~ ours { text = text "-D" substr($0, 3) "\n" }
    /^COMMIT/ && text != "" { print table "\n" text last "COMMIT" }
  '
}
clean_rules() {
  command -v "$1-save" >/dev/null 2>&1 || return 0
  rules=$("$1-save" 2>/dev/null) || return 0
  printf '%s\n' "$rules" | grep -qE "$ours" || return 0
  printf '%s\n' "$rules" | removal_of_rules | "$1-restore" -w 10 --noflush 2>/dev/null ||
    # A rule that cannot be restored as it was listed: all rules are written again, without ours.
    printf '%s\n' "$rules" | grep -vE "$ours" | "$1-restore" -w 10
}
if was node || was pod-network; then
  clean_rules iptables-nft
  clean_rules ip6tables-nft
  # Only where there are any: asking would load the modules of the older kind.
  [ ! -s /proc/net/ip_tables_names ] || clean_rules iptables-legacy
  [ ! -s /proc/net/ip6_tables_names ] || clean_rules ip6tables-legacy
fi
if was node && command -v nft >/dev/null 2>&1; then
  # Of kube-proxy in nftables mode.
  nft delete table ip kube-proxy 2>/dev/null || true
  nft delete table ip6 kube-proxy 2>/dev/null || true
fi
if was node && command -v ipset >/dev/null 2>&1; then
  # Lists that name others go first.
  for _ in 1 2; do
    ipset list -n 2>/dev/null | grep -E '^(weave-|KUBE-)' | while read -r set; do
      ipset destroy "$set" 2>/dev/null || true
    done
  done
fi
# Where the unit that makes them had failed, it has not removed them.
! was pod-network || ip -4 route flush proto 87 2>/dev/null || true

folders=$any_folders
if [ -n "$noted" ]; then
  ! was etcd || folders="$folders $etcd_folders"
  ! was control-plane || folders="$folders $controller_folders"
  ! was node || folders="$folders $node_folders"
fi
for folder in $folders; do
  [ -d "$folder" ] || continue
  ! grep -qxF "$folder" $home/before/folders 2>/dev/null || continue
  # Never into what is mounted there: that is somebody else's.
  find "$folder" -xdev -mindepth 1 ! -path "$folder/lost+found" ! -path "$folder/lost+found/*" -delete ||
    fail "$folder could not be emptied, see above. Fix: correct that, then run the same command again."
  rmdir "$folder" 2>/dev/null || true
done
# Where nothing else is in them. The node that the pod network was for may not have come.
rmdir /etc/hardway /etc/systemd/networkd.conf.d /etc/systemd/system/nginx.service.d \
  /etc/systemd/system/keepalived.service.d /root/.kube /run/netns 2>/dev/null || true
! was pod-network || rmdir /etc/cni/net.d /etc/cni 2>/dev/null || true
if was node; then
  # kubelet makes the folders for volume plugins, which are files.
  find /usr/libexec/kubernetes -depth -type d -empty -delete 2>/dev/null || true
  # kubelet lengthens what logind waits for it at a shutdown.
  if [ -f /etc/systemd/logind.conf.d/99-kubelet.conf ]; then
    rm -f /etc/systemd/logind.conf.d/99-kubelet.conf
    rmdir /etc/systemd/logind.conf.d 2>/dev/null || true
    systemctl kill -s HUP systemd-logind.service 2>/dev/null || true
  fi
fi

if [ -f /etc/fstab ] && grep -q '^# hardway, swap is off: ' /etc/fstab; then
  sed -i 's/^# hardway, swap is off: //' /etc/fstab
fi
if [ -f $home/before/swap-unmasked ]; then systemctl unmask --quiet swap.target 2>/dev/null || true; fi
systemctl daemon-reload
if [ -f $home/before/swap-on ]; then
  swapon --all || true
  systemctl start --no-block swap.target 2>/dev/null || true
fi
sysctl --quiet --load=$home/before/sysctls >/dev/null 2>&1 || true
# Now with their own configuration again.
bring_back() {
  for unit in $1; do
    grep -s " $unit\$" $home/before/services | while read -r what _; do
      systemctl --no-block --quiet "$what" "$unit" ||
        say "$unit, which ran here before the cluster, could not be restored. Fix: run \"systemctl $what $unit\" and see why"
    done
  done
}
if was load-balancer || was control-plane; then bring_back "$served"; fi
! was node || bring_back "$swapping"
systemctl reset-failed >/dev/null 2>&1 || true
# The mark goes last, and what was there before with it, in one step: until then the same command finds its way back here.
rm -rf $gone
mv -T $home $gone
rm -rf $gone
