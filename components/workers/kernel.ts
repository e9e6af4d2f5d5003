import { publicFile } from '../../lib/format/certificates.ts';
import type { HostQuirks } from '../../lib/format/host.ts';
import type { FilePlan } from '../../lib/format/role.ts';
import { renderSysctls } from '../../lib/format/sysctl.ts';

const SYSCTLS = '/etc/sysctl.d/99-hardway.conf';
const MODULES = ['br_netfilter', 'overlay'];

/** Kernel settings and modules of a worker, kept over reboots. */
export function kernelFiles(host: HostQuirks): Record<string, FilePlan> {
  return {
    [SYSCTLS]: publicFile(
      renderSysctls([
        { name: 'net.ipv4.ip_forward', value: 1 },
        // So that a Service's address works between two pods of one node, whose traffic only crosses the bridge.
        { name: 'net.bridge.bridge-nf-call-iptables', value: 1, optional: true },
        { name: 'net.bridge.bridge-nf-call-ip6tables', value: 1, optional: true },
      ]),
    ),
    ...(host.ownsKernel ? { '/etc/modules-load.d/hardway.conf': publicFile(MODULES.join('\n')) } : {}),
  };
}

/** Lines that bring the running kernel to what {@link kernelFiles} keeps, and end with a word on what is missing. */
export function kernelSettle(host: HostQuirks): readonly string[] {
  return [
    ...(host.ownsKernel ? [...MODULES.map(loadModule), ...swapOffForGood()] : []),
    `sysctl --quiet --load=${SYSCTLS}`,
    must(
      '[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]',
      'the kernel has no br_netfilter, neither built in nor as a module: install the package with its modules',
    ),
    must(
      'grep -qw overlay /proc/filesystems',
      'the kernel has no overlay file system, neither built in nor as a module',
    ),
    must('[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ]', 'net.ipv4.ip_forward is not 1: pods could reach no one'),
  ];
}

/** Failing is fine: a feature that is built in has no module. Whether it is there is asked afterwards. */
function loadModule(name: string): string {
  return `modprobe --quiet ${name} 2>/dev/null || true`;
}

/** Services that turn swap on by themselves, past fstab and swap.target: zram-tools, Ubuntu's zram, Raspberry Pi's file. */
const SWAP_SERVICES = ['zramswap.service', 'zram-config.service', 'dphys-swapfile.service'];

function swapOffForGood(): string[] {
  return [
    ...SWAP_SERVICES.map(
      (unit) => `! systemctl is-enabled --quiet ${unit} 2>/dev/null || systemctl disable --now --quiet ${unit}`,
    ),
    'swapoff --all',
    // Lines of fstab(5) whose third word is swap; one that is already a comment does not match.
    "[ ! -f /etc/fstab ] || sed -i -E 's|^[[:space:]]*[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap([[:space:]]\\|$)|# hardway, swap is off: &|' /etc/fstab",
    // Catches what fstab does not name: partitions systemd finds by itself, and zram.
    'systemctl mask --quiet swap.target',
  ];
}

function must(condition: string, complaint: string): string {
  return `${condition} || { echo '${complaint}' >&2; false; }`;
}
