/**
 * Shell lines that print what a cluster leaves on a machine when it leaves anything: one line each, with what it is.
 * What comes and goes by itself (logins, journals, caches of packages) is not looked at.
 */
export const tracesScript = [
  'said() { sed "s|^|$1 |"; }',
  "ps -eo comm= | grep -vxE 'ps|sh|sort|sed|grep|sshd|sudo|systemctl|systemd-.*|dbus-daemon' | sort -u | said process",
  "ss -Hltun | awk '{ print $1, $5 }' | sort -u | said listener",
  'ls /sys/class/net | said link',
  "ip route show table all | grep -v 'dev lo' | sed 's/ metric .*//' | sort | said route",
  "cut -d' ' -f5 /proc/self/mountinfo | sort | said mount",
  "iptables-save 2>/dev/null | grep '^-A' | grep -v DOCKER | sort | said rule",
  "ip6tables-save 2>/dev/null | grep '^-A' | sort | said rule6",
  'ipset list -n 2>/dev/null | said set',
  "systemctl list-unit-files --state=enabled,masked --no-legend --plain | awk '{ print $1 }' | sort | said unit",
  "systemctl list-units --failed --no-legend --plain | awk '{ print $1 }' | said failed",
  'find /etc /opt /usr/local /root -xdev | sort | said file',
  "find /var/lib /var/log -xdev -maxdepth 2 ! -path '/var/log/journal*' ! -path '/var/lib/systemd/*' ! -path '/var/log/nginx/*' ! -path '/var/lib/nginx/*' | sort | said data",
  '',
].join('\n');

/** What a machine has that it had not, and lacks that it had: one line each, empty when it is as it was. */
export function differences(machine: string, before: string, after: string): string[] {
  const [old, now] = [before, after].map((text) => new Set(text.split('\n').filter((line) => line !== '')));
  return [
    ...[...(now ?? [])].filter((line) => !old?.has(line)).map((line) => `${machine}: left: ${line}`),
    ...[...(old ?? [])].filter((line) => !now?.has(line)).map((line) => `${machine}: gone: ${line}`),
  ];
}
