/**
 * Where machines stand on AWS, out of the configuration alone: zones, subnets, addresses. All of it is known in a
 * preview, so that certificates, flags and routes can be read there. Pure.
 */

import { contains, nthAddress, nthSubnet, offsetOf, rangeSize, subnetCount } from '../../lib/ipv4.ts';
import type { Settings } from '../options/index.ts';
import { allocate, type SlotBlock } from './allocate.ts';

/** A machine as far as its place goes. */
interface Wish {
  readonly name: string;
  readonly address?: string;
  readonly home: 'loadBalancer' | 'etcd' | 'controller' | 'worker';
}

type AwsSettings = Pick<
  Settings,
  'awsZones' | 'vpcCidr' | 'awsSubnetPrefixLength' | 'awsLoadBalancer' | 'awsSshAccess' | 'clusterName'
>;

/** One zone's part of the VPC. */
export interface AwsSubnet {
  readonly zone: string;
  readonly cidr: string;
}

/** What else stands in the VPC, beside the machines. */
export interface AwsLayout {
  /** One for each zone, in the config's order. */
  readonly subnets: readonly AwsSubnet[];
  /** Address of the bastion, in the first subnet; absent without one. */
  readonly bastionAddress?: string;
  /** Addresses of the network load balancer, one for each subnet; absent without one. */
  readonly balancerAddresses?: readonly string[];
  /** Subnets of the load balancer for clients outside, one for each zone; absent without one. */
  readonly outerSubnets?: readonly AwsSubnet[];
}

/** AWS keeps the first four addresses of a subnet, and the last. */
const keptFirst = 4;
/** The places after those: the network load balancer's, and in the first subnet the bastion's. */
const balancerOffset = keptFirst;
const bastionOffset = keptFirst + 1;
/** Where machines may stand, from this offset on. */
const firstOffset = keptFirst + 2;

/** Where each role's machines begin in a /24 or more, and after which share, in twelfths, in a smaller subnet. */
const starts = { loadBalancer: 10, controller: 20, etcd: 40, worker: 100 } as const;
const twelfths = { loadBalancer: 0, controller: 1, etcd: 4, worker: 7 } as const;

/** The subnets: the first ranges of the VPC, in the order of the zones. */
export function awsSubnets({ awsZones, vpcCidr, awsSubnetPrefixLength }: AwsSettings): AwsSubnet[] {
  return awsZones.map((zone, index) => ({ zone, cidr: nthSubnet(vpcCidr, awsSubnetPrefixLength, index) }));
}

/** Length of the prefix of the outer load balancer's subnets: the longest that AWS has. */
export const outerPrefix = 28;

/**
 * The subnets of the load balancer for clients outside, in the order of the zones; none without one. AWS chooses its
 * addresses there, which in the machines' subnets could be one that a machine is to have. They are the last ranges of
 * the VPC.
 */
export function outerSubnets({ awsZones, vpcCidr, awsLoadBalancer, awsSshAccess }: AwsSettings): AwsSubnet[] {
  if (!hasPublicBalancer({ awsLoadBalancer, awsSshAccess })) return [];
  const first = subnetCount(vpcCidr, outerPrefix) - awsZones.length;
  return awsZones.map((zone, index) => ({ zone, cidr: nthSubnet(vpcCidr, outerPrefix, first + index) }));
}

/** Whether clients outside come over a network load balancer that faces the internet. */
export function hasPublicBalancer({
  awsLoadBalancer,
  awsSshAccess,
}: Pick<Settings, 'awsLoadBalancer' | 'awsSshAccess'>): boolean {
  return awsLoadBalancer === 'network' && awsSshAccess !== 'private';
}

/** The places in the VPC that are no machine's of the cluster. */
export function awsLayout(settings: AwsSettings): AwsLayout {
  const subnets = awsSubnets(settings);
  const first = subnets[0];
  const outer = outerSubnets(settings);
  return {
    subnets,
    ...(settings.awsSshAccess === 'bastion' && first !== undefined
      ? { bastionAddress: nthAddress(first.cidr, bastionOffset) }
      : {}),
    ...(settings.awsLoadBalancer === 'network'
      ? { balancerAddresses: subnets.map(({ cidr }) => nthAddress(cidr, balancerOffset)) }
      : {}),
    ...(outer.length > 0 ? { outerSubnets: outer } : {}),
  };
}

/** The name by which the machines reach the API through the network load balancer. */
export function balancerName({ clusterName }: Pick<Settings, 'clusterName'>): string {
  return `api.${clusterName}.internal`;
}

/** How many machines a subnet has room for. */
export function roomOf(prefix: number): number {
  return 2 ** (32 - prefix) - firstOffset - 1;
}

/** What stands at an address of the VPC that no machine may have; `undefined` when one may. */
export function awsPlaceTaken(settings: AwsSettings, address: string): string | undefined {
  const subnet = awsSubnets(settings).find(({ cidr }) => contains(cidr, address));
  if (subnet === undefined) return 'is in none of the subnets';
  const offset = offsetOf(subnet.cidr, address);
  if (offset < keptFirst || offset === rangeSize(subnet.cidr) - 1) return 'is one of those that AWS keeps';
  return offset < firstOffset ? 'is kept for the bastion and the network load balancer' : undefined;
}

/** The subnet that an address lies in, from 0. */
export function subnetOf(subnets: readonly AwsSubnet[], address: string): number {
  return subnets.findIndex(({ cidr }) => contains(cidr, address));
}

/**
 * Every machine's address by name. Places are numbered across the subnets, the first of each, then the second of each:
 * so machine 1 of a role stands in the first zone, machine 2 in the next, whoever else is there.
 */
export function awsAddresses(machines: readonly Wish[], settings: AwsSettings): Map<string, string> {
  const subnets = awsSubnets(settings);
  const zones = subnets.length;
  const size = 2 ** (32 - settings.awsSubnetPrefixLength);
  const free = size - 1 - firstOffset;
  const start = (home: Wish['home']): number =>
    size < 256 ? firstOffset + Math.floor((free * twelfths[home]) / 12) : starts[home];
  const block = (home: Wish['home'], end: number): SlotBlock => ({
    start: start(home) * zones,
    count: (end - start(home)) * zones,
    step: 1,
  });
  const blocks: Record<Wish['home'], SlotBlock> = {
    loadBalancer: { ...block('loadBalancer', start('controller')), unnumbered: 'first' },
    controller: block('controller', start('etcd')),
    etcd: block('etcd', start('worker')),
    worker: block('worker', size - 1),
  };
  const slotOf = (address: string): number => {
    const index = subnetOf(subnets, address);
    return offsetOf(subnets[index]?.cidr ?? settings.vpcCidr, address) * zones + index;
  };
  const requests = machines.map(({ name, address, home }) => ({
    name,
    block: blocks[home],
    ...(address === undefined ? {} : { explicit: slotOf(address) }),
  }));
  const kept = [...Array.from({ length: firstOffset }, (_, offset) => offset), size - 1];
  const reserved = kept.flatMap((offset) => subnets.map((_, index) => offset * zones + index));
  const slots = allocate(requests, size * zones, reserved);
  return new Map(
    [...slots].map(([name, slot]) => [
      name,
      nthAddress(subnets[slot % zones]?.cidr ?? settings.vpcCidr, Math.floor(slot / zones)),
    ]),
  );
}
