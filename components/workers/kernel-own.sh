# shellcheck shell=sh
# Where the kernel is the machine's own: loads the modules that pods need, and turns swap off for good.

# Failing is fine: a feature that is built in has no module. kernel.sh checks what is missing.
for module in br_netfilter overlay; do
  modprobe --quiet $module 2>/dev/null || true
done

# Services that turn swap on by themselves, past fstab and swap.target: zram-tools, Ubuntu's zram, Raspberry Pi's file.
for unit in zramswap.service zram-config.service dphys-swapfile.service; do
  ! systemctl is-enabled --quiet $unit 2>/dev/null || systemctl disable --now --quiet $unit
done
swapoff --all
# Lines of fstab(5) whose third word is swap; one that is already a comment does not match.
swap='^[[:space:]]*[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap([[:space:]]|$)'
[ ! -f "$ROOT/etc/fstab" ] || sed -i -E "s/$swap/# hardway, swap is off: &/" "$ROOT/etc/fstab"
# Catches what fstab does not name: partitions systemd finds by itself, and zram.
systemctl mask --quiet swap.target
