import { publicFile } from '../../lib/format/certificates.ts';
import type { HostCapabilities } from '../../lib/format/host.ts';
import type { ProgramPlan } from '../../lib/format/role.ts';
import { scriptLines } from '../../lib/format/script.ts';
import { renderSysctls } from '../../lib/format/sysctl.ts';

const SYSCTLS = '/etc/sysctl.d/99-hardway.conf';
const MODULES = ['br_netfilter', 'overlay'];

/** Kernel settings and modules of a node, kept over reboots, and swap off. */
export function planKernel(host: HostCapabilities): ProgramPlan {
  return {
    files: {
      [SYSCTLS]: publicFile(
        renderSysctls([
          { name: 'net.ipv4.ip_forward', value: 1 },
          // So that a Service's address works between two pods of one node, whose traffic only crosses the bridge.
          { name: 'net.bridge.bridge-nf-call-iptables', value: 1, optional: true },
          { name: 'net.bridge.bridge-nf-call-ip6tables', value: 1, optional: true },
        ]),
      ),
      ...(host.ownsKernel ? { '/etc/modules-load.d/hardway.conf': publicFile(MODULES.join('\n')) } : {}),
    },
    preStart: [
      ...(host.ownsKernel ? scriptLines(import.meta.dirname, 'kernel-own.sh') : []),
      ...scriptLines(import.meta.dirname, 'kernel.sh'),
    ],
  };
}
