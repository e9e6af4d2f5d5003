/** Rules about what has room in the VPC of machines on AWS. */

import { overlaps, prefixLength, subnetCount } from '../../lib/ipv4.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey, type Settings } from '../options/index.ts';
import { awsSubnets, outerPrefix, outerSubnets, roomOf } from '../resolve/aws.ts';
import { ownMachines, type PartialConfig, type Rule } from './partial-config.ts';

/** A rule that has something to say only where the machines are on AWS. */
export const onAws =
  (rule: (draft: PartialConfig, settings: Partial<Settings>) => Diagnostic[]): Rule =>
  (draft) =>
    draft.settings.machines === 'aws' ? rule(draft, draft.settings) : [];

/** The rules with the names of their constants, by which tests speak of them. */
export const named = (rules: Readonly<Record<string, Rule>>): Rule[] =>
  Object.entries(rules).map(([name, rule]) => Object.defineProperty(rule, 'name', { value: name }));

/** The settings that places follow from, where they hold together; otherwise other rules say what is wrong. */
export function placed(settings: Partial<Settings>) {
  const { awsZones, vpcCidr, awsSubnetPrefixLength, awsLoadBalancer, awsSshAccess, clusterName } = settings;
  if (awsZones === undefined || vpcCidr === undefined || awsSubnetPrefixLength === undefined) return undefined;
  if (awsLoadBalancer === undefined || awsSshAccess === undefined || clusterName === undefined) return undefined;
  if (awsZones.length < 2 || subnetCount(vpcCidr, awsSubnetPrefixLength) < awsZones.length) return undefined;
  return { awsZones, vpcCidr, awsSubnetPrefixLength, awsLoadBalancer, awsSshAccess, clusterName };
}

const subnetsFit = onAws((_, { awsZones, vpcCidr, awsSubnetPrefixLength: value }): Diagnostic[] => {
  if (awsZones === undefined || vpcCidr === undefined || value === undefined) return [];
  const least = prefixLength(vpcCidr) + Math.ceil(Math.log2(Math.max(2, awsZones.length)));
  if (value >= least || prefixLength(vpcCidr) > 28) return [];
  const rule = `stands for subnets of which ${fullKey('vpcCidr')}, ${vpcCidr}, has no room for ${Math.max(2, awsZones.length)}`;
  const fix = least > 28 ? `Choose a larger ${fullKey('vpcCidr')}.` : `Choose a length from ${least} to 28.`;
  return [{ path: fullKey('awsSubnetPrefixLength'), value, rule, fix }];
});

/** How many addresses AWS wants free in a subnet that a load balancer is put into, the one that it takes among them. */
const balancerFree = 8;
/** The longest prefix that leaves so many beside what AWS keeps. */
const balancerPrefix = 27;

const balancerRoom = onAws((_, { awsLoadBalancer, awsSubnetPrefixLength: value }): Diagnostic[] => {
  if (awsLoadBalancer !== 'network' || value === undefined || value <= balancerPrefix) return [];
  const rule = `is too long where ${fullKey('awsLoadBalancer')} is "network": AWS wants ${balancerFree} free addresses for it in each subnet`;
  return [{ path: fullKey('awsSubnetPrefixLength'), value, rule, fix: `Choose ${balancerPrefix} or a shorter one.` }];
});

const outerFits = onAws((_, settings): Diagnostic[] => {
  const place = placed(settings);
  if (place === undefined) return [];
  const { awsZones, vpcCidr: value, awsSubnetPrefixLength: prefix } = place;
  const machines = awsSubnets(place);
  if (!outerSubnets(place).some(({ cidr }) => machines.some((subnet) => overlaps(cidr, subnet.cidr)))) return [];
  const rule = `has no room for ${awsZones.length} subnets of /${outerPrefix} behind the machines' /${prefix}, which the load balancer for clients outside takes`;
  const fix = `Choose a larger range, or a longer ${fullKey('awsSubnetPrefixLength')}.`;
  return [{ path: fullKey('vpcCidr'), value, rule, fix }];
});

const room = onAws((draft, settings) => {
  const place = placed(settings);
  if (place === undefined) return [];
  const machines = ownMachines(draft).length;
  const free = place.awsLoadBalancer === 'network' ? balancerFree - 1 : 0;
  const most = place.awsZones.length * (roomOf(place.awsSubnetPrefixLength) - free);
  if (machines <= most) return [];
  const rule = `has room for ${most} machines in ${place.awsZones.length} zones, and the cluster has ${machines}`;
  const value = place.awsSubnetPrefixLength;
  return [{ path: fullKey('awsSubnetPrefixLength'), value, rule, fix: 'Choose a shorter length.' }];
});

/** The faults of what has no room. */
export const awsRoomRules: readonly Rule[] = named({ subnetsFit, balancerRoom, outerFits, room });
