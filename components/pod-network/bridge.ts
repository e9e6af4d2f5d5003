import { publicFile } from '../../lib/format/certificates.ts';
import type { ProgramPlan } from '../../lib/format/role.ts';

/**
 * The CNI configuration of a node on the bridge network.
 *
 * The bridge plugin's own `ipMasq` translates whatever leaves the node's range, pods of other nodes included, which
 * breaks "pod to pod without NAT"; so it is off, and the routes unit translates only what leaves the pod network.
 *
 * @param podCidr - the node's own range, e.g. `10.200.0.0/24`
 */
export function planBridge(podCidr: string): ProgramPlan {
  const bridge = {
    cniVersion: '1.0.0',
    name: 'hardway-bridge',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cnio0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
          // No pod outlives a boot, so neither may its address: /run is empty then.
          dataDir: '/run/hardway/cni-addresses',
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  const loopback = { cniVersion: '1.0.0', name: 'lo', plugins: [{ type: 'loopback' }] };
  return {
    files: {
      '/etc/cni/net.d/10-hardway-bridge.conflist': publicFile(JSON.stringify(bridge, null, 2)),
      '/etc/cni/net.d/99-loopback.conflist': publicFile(JSON.stringify(loopback, null, 2)),
    },
    directories: { '/etc/cni/net.d': 0o755 },
  };
}
