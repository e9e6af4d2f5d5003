# shellcheck shell=sh
# Brings the running kernel to what the files of the role keep over reboots, and says what it lacks.
missing() {
  echo "$(hostname): $1" >&2
  exit 1
}
sysctl --quiet --load="$ROOT/etc/sysctl.d/99-hardway.conf"
[ -e "$ROOT/proc/sys/net/bridge/bridge-nf-call-iptables" ] ||
  missing 'the kernel has no br_netfilter, neither built in nor as a module. Fix: install the package with its modules.'
grep -qw overlay "$ROOT/proc/filesystems" ||
  missing 'the kernel has no overlay file system, neither built in nor as a module. Fix: install the package with its modules.'
[ "$(cat "$ROOT/proc/sys/net/ipv4/ip_forward")" = 1 ] ||
  missing 'net.ipv4.ip_forward is not 1, so pods could reach nothing. Fix: remove the setting of this machine that turns it off (sysctl --system shows the files).'
