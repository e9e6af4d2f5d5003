/** What the tests of the pre-flight share: a small cluster of hosts, and facts of a host that has nothing wrong. */
import type { ClusterConfig } from '../../config/schema.ts';
import type { Disk, HostFacts } from '../../preflight/facts.ts';
import { resolved } from '../config/support.ts';

/** A controller with etcd on it, a worker and a load balancer; any host key is taken. */
export function hostsConfig(more: Readonly<Record<string, unknown>> = {}): ClusterConfig {
  return resolved({
    machines: 'hosts',
    hostKeyPolicy: 'accept-first',
    hosts: [
      { name: 'ctl01', roles: ['controller', 'etcd'], address: '10.0.0.11' },
      { name: 'wrk01', roles: ['worker'], address: '10.0.0.21' },
      { name: 'lb01', roles: ['loadBalancer'], address: '10.0.0.5' },
    ],
    ...more,
  });
}

/** File systems where data of roles goes: one for all, but for the folders that have their own, with so much free. */
export function disks(free: number, own: Readonly<Record<string, number>> = {}): Disk[] {
  return ['/opt', '/var/log', '/var/lib/etcd', '/var/lib/containerd', '/var/lib/kubelet'].map((path) => ({
    path,
    mount: path in own ? path : '/',
    size: 50_000,
    free: own[path] ?? free,
  }));
}

/** A virtual machine of today with room to spare; it has the address of every host in {@link hostsConfig}. */
export function soundFacts(more: Partial<HostFacts> = {}): HostFacts {
  return {
    isRoot: true,
    os: 'debian 12',
    architecture: 'amd64',
    kernel: '6.1.0-18-amd64',
    hostname: 'host',
    init: 'systemd',
    hasApt: true,
    machineId: '0123456789abcdef0123456789abcdef',
    boot: 'boot',
    sysResource: true,
    cgroupVersion: 2,
    container: false,
    hasModules: true,
    features: new Map(
      ['overlay', 'br_netfilter', 'nf_conntrack', 'nf_tables', 'ip_tables', 'vxlan', 'openvswitch'].map((name) => [
        name,
        'module' as const,
      ]),
    ),
    swap: [],
    memory: 8000,
    cpus: 4,
    disks: disks(40_000),
    listeners: [{ protocol: 'tcp', port: 22, program: 'sshd' }],
    addresses: ['127.0.0.1', '10.0.0.11', '10.0.0.21', '10.0.0.5'],
    networks: ['127.0.0.1/8', '10.0.0.11/24'],
    hasDefaultRoute: true,
    leftovers: [],
    units: [],
    active: [],
    firewalls: [],
    roles: [],
    mark: '',
    clock: { ahead: 0, give: 50 },
    ...more,
  };
}
