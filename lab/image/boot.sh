#!/bin/sh
# First process of a lab machine: makes the container's kernel interfaces writable, then becomes systemd.
set -eu

mount -o remount,rw /sys
mount -o remount,bind,rw /sys/fs/cgroup 2>/dev/null || mount -o remount,rw /sys/fs/cgroup
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
  for hierarchy in /sys/fs/cgroup/*; do
    # Links such as cpu -> cpu,cpuacct are not mounts of their own.
    [ -L "$hierarchy" ] || mount -o remount,bind,rw "$hierarchy" 2>/dev/null || true
  done
fi

# Pods' volumes must be seen by the machine and the other way round.
mount --make-rshared /

# Shared by every machine of the host; the usual 128 instances run out at the second or third node.
raise() {
  [ "$(cat "$1")" -ge "$2" ] || echo "$2" >"$1" || true
}
raise /proc/sys/fs/inotify/max_user_instances 8192
raise /proc/sys/fs/inotify/max_user_watches 524288

exec /sbin/init
