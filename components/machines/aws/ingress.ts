/**
 * Who reaches what: the rules of the security groups, out of the table of ports and the config's ranges. Pure, so that
 * a test can look at all of them.
 */

import { type PortPeer, podTraffic, portTable } from '../../../config/ports.ts';
import { hasPublicBalancer } from '../../../config/resolve/aws.ts';
import type { ClusterConfig } from '../../../config/schema.ts';

/** A security group: one for what each role does, and those of what stands before the machines. */
export type GroupName =
  | 'machine'
  | 'loadBalancer'
  | 'etcd'
  | 'controller'
  | 'node'
  | 'bastion'
  | 'balancer'
  | 'publicBalancer';

/** Where packets come from, or go: members of a group, or a range. */
export type Peer = { readonly group: GroupName } | { readonly cidr: string };

/** One rule of a security group. */
export interface GroupRule {
  readonly group: GroupName;
  readonly service: string;
  /** By name or number; `-1` for all. For `icmp` the ports are type and code; `50` (ESP) and `-1` have none. */
  readonly protocol: 'tcp' | 'udp' | 'icmp' | '50' | '-1';
  readonly first: number;
  readonly last: number;
  readonly peer: Peer;
}

type Config = Pick<
  ClusterConfig,
  | 'cni'
  | 'nodePortRange'
  | 'loadBalancers'
  | 'weaveNetworkPolicy'
  | 'weaveEncryption'
  | 'weaveFastDatapath'
  | 'podCidr'
  | 'vpcCidr'
  | 'awsApiCidrs'
  | 'awsSshCidrs'
  | 'awsNodePortCidrs'
  | 'awsSshAccess'
  | 'awsLoadBalancer'
  | 'derived'
>;

const ANYWHERE = '0.0.0.0/0';

/** The groups that a config needs. */
export function groupsOf(config: Config): GroupName[] {
  const { derived } = config;
  return [
    'machine',
    ...(derived.loadBalancerMachines.length > 0 ? (['loadBalancer'] as const) : []),
    'etcd',
    'controller',
    ...(derived.nodeMachines.length > 0 ? (['node'] as const) : []),
    ...(config.awsSshAccess === 'bastion' ? (['bastion'] as const) : []),
    ...(config.awsLoadBalancer === 'network' ? (['balancer'] as const) : []),
    ...(hasPublicBalancer(config) ? (['publicBalancer'] as const) : []),
  ];
}

const ranges = (cidrs: readonly string[]): Peer[] => [...new Set(cidrs)].map((cidr) => ({ cidr }));

/** Whether a rule is about ports, or types and codes, and not about all of a protocol. */
export function hasPorts({ protocol }: GroupRule): boolean {
  return protocol !== '-1' && protocol !== '50';
}

/** Who the clients of something are: those of node ports, and those of the API, who may come over a balancer. */
function clientsOf(on: string, config: Config): Peer[] {
  if (on === 'node') return ranges(config.awsNodePortCidrs);
  if (on !== 'controller' || config.awsLoadBalancer === 'machine') return ranges(config.awsApiCidrs);
  return [{ group: 'balancer' }, ...(hasPublicBalancer(config) ? [{ group: 'publicBalancer' } as const] : [])];
}

function peersOf(on: string, peer: PortPeer, config: Config): Peer[] {
  if (peer === 'itself' || peer === 'worker') return [];
  return peer === 'clients' ? clientsOf(on, config) : [{ group: peer }];
}

/** What the machines listen on, and the packets of pods. */
function ofMachines(config: Config): GroupRule[] {
  const ports = portTable(config).flatMap(({ service, on, protocol, first, last, from }): GroupRule[] => {
    if (protocol === 'vrrp' || on === 'worker') return [];
    return from
      .flatMap((peer) => peersOf(on, peer, config))
      .map((peer) => ({ group: on, service, protocol: protocol === 'esp' ? '50' : protocol, first, last, peer }));
  });
  const pods = podTraffic(config).flatMap(({ service, from }) =>
    from.map((peer): GroupRule => {
      const source = peer === 'pods' ? { cidr: config.podCidr } : { group: peer };
      return { group: 'node', service, protocol: '-1', first: 0, last: 0, peer: source };
    }),
  );
  return [...ports, ...pods];
}

/** How people and the program come in. */
function ofAccess({ awsSshAccess, awsSshCidrs }: Config): GroupRule[] {
  const ssh = (group: GroupName, peer: Peer): GroupRule => {
    return { group, service: 'SSH', protocol: 'tcp', first: 22, last: 22, peer };
  };
  if (awsSshAccess !== 'bastion') return ranges(awsSshCidrs).map((peer) => ssh('machine', peer));
  return [...ranges(awsSshCidrs).map((peer) => ssh('bastion', peer)), ssh('machine', { group: 'bastion' })];
}

/** What the network load balancers take. From inside, clients use the inner one. */
function ofBalancers(config: Config): GroupRule[] {
  const isPublic = hasPublicBalancer(config);
  const api = (group: GroupName, peer: Peer): GroupRule => {
    return { group, service: 'load balancer', protocol: 'tcp', first: 6443, last: 6443, peer };
  };
  if (config.awsLoadBalancer !== 'network') return [];
  return [
    api('balancer', { group: 'controller' }),
    api('balancer', { group: 'node' }),
    ...ranges(config.awsApiCidrs).map((peer) => api(isPublic ? 'publicBalancer' : 'balancer', peer)),
  ];
}

/** Whether a rule is about groups that there are. */
function known(config: Config): (rule: GroupRule) => boolean {
  const groups = groupsOf(config);
  return ({ group, peer }) => groups.includes(group) && (!('group' in peer) || groups.includes(peer.group));
}

/** Every rule for what comes in. Nothing is open that the config does not open. */
export function ingressRules(config: Config): GroupRule[] {
  const path = { service: 'path MTU discovery', protocol: 'icmp', first: 3, last: 4 } as const;
  const mtu = (group: GroupName): GroupRule => ({ group, ...path, peer: { cidr: config.vpcCidr } });
  const all = [mtu('machine'), mtu('bastion'), ...ofAccess(config), ...ofMachines(config), ...ofBalancers(config)];
  return all.filter(known(config));
}

/**
 * Every rule for what goes out. Machines fetch packages, artifacts and images from wherever those are, and pods go
 * where they like: theirs is open. The bastion only passes logins on and keeps its packages up to date.
 */
export function egressRules(config: Config): GroupRule[] {
  const tcp = (group: GroupName, service: string, port: number, peer: Peer): GroupRule => {
    return { group, service, protocol: 'tcp', first: port, last: port, peer };
  };
  const all: GroupRule[] = [
    { group: 'machine', service: 'anything', protocol: '-1', first: 0, last: 0, peer: { cidr: ANYWHERE } },
    tcp('bastion', 'SSH', 22, { group: 'machine' }),
    tcp('bastion', 'packages', 80, { cidr: ANYWHERE }),
    tcp('bastion', 'packages', 443, { cidr: ANYWHERE }),
    tcp('balancer', 'kube-apiserver', 6443, { group: 'controller' }),
    tcp('publicBalancer', 'kube-apiserver', 6443, { group: 'controller' }),
  ];
  return all.filter(known(config));
}
