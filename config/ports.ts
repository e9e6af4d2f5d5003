/**
 * The ports of a cluster's machines: the one table that the security groups, the pre-flight and the guide are made of.
 * Source: the Kubernetes docs' page "Ports and Protocols", etcd's guide, and Weave Net's.
 */

import { portRange } from './options/schemas.ts';
import type { Role } from './roles.ts';
import type { ClusterConfig } from './schema.ts';

/** Who connects to a port: machines of these roles, `node` for all that run pods, `machine` itself, or people. */
export type PortPeer = Role | 'node' | 'itself' | 'clients';

/** Whose packets a network below the pods must let through to the machines that run pods: machines', or pods'. */
export interface PodTraffic {
  /** What it is. */
  readonly service: string;
  readonly from: readonly ('controller' | 'node' | 'pods')[];
}

/** One port, or a range of them, that something on a machine listens on. */
export interface PortRule {
  /** What listens. */
  readonly service: string;
  /** The machines it listens on: those of a role, or all that run pods. */
  readonly on: Role | 'node';
  readonly protocol: 'tcp' | 'udp' | 'vrrp' | 'esp';
  /** First port; 0 for a protocol without ports. */
  readonly first: number;
  /** Last port, the same as the first for one. */
  readonly last: number;
  /** Who connects. */
  readonly from: readonly PortPeer[];
}

type PortConfig = Pick<
  ClusterConfig,
  'cni' | 'nodePortRange' | 'loadBalancers' | 'weaveNetworkPolicy' | 'weaveEncryption' | 'weaveFastDatapath'
>;

const tcp = (service: string, on: PortRule['on'], port: number, from: readonly PortPeer[]): PortRule => ({
  service,
  on,
  protocol: 'tcp',
  first: port,
  last: port,
  from,
});

/** Every port of a cluster. Ports that only the machine itself connects to are there too, with the peer `itself`. */
export function portTable(config: PortConfig): PortRule[] {
  const { first, last } = portRange(config.nodePortRange) ?? { first: 0, last: 0 };
  const nodePort = { service: 'services of type NodePort', on: 'node', first, last, from: ['clients'] } as const;
  const weave = { service: 'Weave Net', on: 'node', from: ['node'] } as const;
  // The fast datapath is encrypted by the kernel, packet by packet.
  const esp = config.weaveEncryption !== 'off' && config.weaveFastDatapath !== 'off';
  const balanced = config.loadBalancers.length > 0;
  return [
    // Members ask each other too when the health of all is looked at from one.
    tcp('etcd, clients', 'etcd', 2379, ['controller', 'etcd']),
    tcp('etcd, peers', 'etcd', 2380, ['etcd']),
    tcp('etcd, metrics', 'etcd', 2381, ['itself']),
    // Nodes and controllers reach it directly too: the service "kubernetes" stands for the API servers themselves.
    tcp('kube-apiserver', 'controller', 6443, [
      ...(balanced ? (['loadBalancer'] as const) : []),
      'controller',
      'node',
      ...(balanced ? [] : (['clients'] as const)),
    ]),
    tcp('health check over plain HTTP', 'controller', 80, ['itself']),
    tcp('kube-controller-manager', 'controller', 10257, ['itself']),
    tcp('kube-scheduler', 'controller', 10259, ['itself']),
    ...(balanced
      ? [
          tcp('load balancer', 'loadBalancer', 6443, ['controller', 'node', 'clients']),
          tcp('load balancer', 'loadBalancer', 443, ['clients']),
        ]
      : []),
    ...(config.loadBalancers.length > 1
      ? [
          {
            service: 'keepalived',
            on: 'loadBalancer',
            protocol: 'vrrp',
            first: 0,
            last: 0,
            from: ['loadBalancer'],
          } as const,
          tcp("nginx's answer to keepalived", 'loadBalancer', 6444, ['itself']),
        ]
      : []),
    tcp('kubelet', 'node', 10250, ['controller']),
    tcp('kubelet, health', 'node', 10248, ['itself']),
    tcp('kube-proxy, metrics', 'node', 10249, ['itself']),
    tcp('kube-proxy, health', 'node', 10256, ['clients']),
    { ...nodePort, protocol: 'tcp' },
    { ...nodePort, protocol: 'udp' },
    ...(config.cni === 'weave'
      ? [
          { ...weave, protocol: 'tcp', first: 6783, last: 6783 } as const,
          { ...weave, protocol: 'udp', first: 6783, last: 6784 } as const,
          ...(esp ? [{ ...weave, protocol: 'esp', first: 0, last: 0 } as const] : []),
          tcp('Weave Net, HTTP', 'node', 6784, ['itself']),
          ...(config.weaveNetworkPolicy ? [tcp('weave-npc, metrics', 'node', 6781, ['itself'])] : []),
          tcp('Weave Net, metrics', 'node', 6782, ['itself']),
        ]
      : []),
  ];
}

/**
 * What reaches nodes on no port of theirs. On the bridge: packets to pods, whose addresses the network below sees as
 * they are; controllers call webhooks and aggregated API servers in pods, and nodes pass on what came to a node port of
 * theirs or to the address of a service. Weave Net carries all that on its own ports. Of a network that is not ours
 * nobody here knows what it needs between nodes.
 */
export function podTraffic({ cni }: Pick<ClusterConfig, 'cni'>): PodTraffic[] {
  if (cni === 'bridge') return [{ service: 'to pods, any port', from: ['controller', 'node', 'pods'] }];
  return cni === 'none' ? [{ service: 'the network that you install, any port', from: ['node'] }] : [];
}
