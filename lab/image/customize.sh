#!/bin/sh
# mmdebstrap's last hook: turns a plain Debian root into a lab machine's. Called with the root's path.
set -eu
root=$1
here=$(dirname "$0")

put() { install -D -m "$1" "$here/$2" "$root$3"; }
put 755 boot.sh /usr/local/sbin/hardway-boot
put 755 mirror.sh /usr/local/sbin/hardway-mirror
put 644 mirror.conf /etc/hardway/mirror.conf
put 644 registry.yml /etc/hardway/registry.yml
put 644 sshd.conf /etc/ssh/sshd_config.d/50-hardway.conf
put 644 journald.conf /etc/systemd/journald.conf.d/50-hardway.conf
put 644 system.conf /etc/systemd/system.conf.d/50-hardway.conf

chroot "$root" systemctl disable --quiet nginx.service keepalived.service docker-registry.service e2scrub_reap.service
chroot "$root" systemctl mask --quiet \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
  console-getty.service getty.target getty@tty1.service \
  systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
  systemd-udev-trigger.service systemd-udev-settle.service \
  dev-hugepages.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount \
  sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  systemd-firstboot.service systemd-hwdb-update.service systemd-pstore.service systemd-remount-fs.service \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service
chroot "$root" systemctl set-default --quiet multi-user.target

# What makes a machine that machine comes with the machine, and where the image was built is nobody's business.
rm -f "$root"/etc/ssh/ssh_host_*_key* "$root"/etc/hostname "$root"/var/lib/dbus/machine-id
rm -f "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/apt.conf.d/99mmdebstrap
: >"$root/etc/machine-id"
