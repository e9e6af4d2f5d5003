/** Rules about the ranges themselves: their sizes, that they share no address, and that they hold the machines. */

import { contains, nthAddress, overlaps, prefixLength, rangeSize, subnetCount } from '../../lib/ipv4.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey } from '../options/index.ts';
import { becomesNode, entriesOf, ownMachines, type PartialConfig, type Rule, rangesInUse } from './partial-config.ts';

const rangeKeys = ['labSubnet', 'vpcCidr', 'podCidr', 'serviceCidr'] as const;

/** Ranges that no network of ours can be in. */
const setAside = [
  ['0.0.0.0/8', 'addresses of no network'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local addresses'],
  ['224.0.0.0/3', 'multicast and reserved addresses'],
] as const;

const notSetAside: Rule = (draft) =>
  rangeKeys.flatMap((key) => {
    const cidr = rangesInUse(draft)[key];
    const special = setAside.find(([range]) => cidr !== undefined && overlaps(cidr, range));
    if (special === undefined) return [];
    const rule = `shares addresses with ${special[0]}, which is set aside for ${special[1]}`;
    return [{ path: fullKey(key), value: cidr, rule, fix: 'Choose a private range, like a part of 10.0.0.0/8.' }];
  });

const apart: Rule = (draft) =>
  rangeKeys.flatMap((key, index) =>
    rangeKeys.slice(0, index).flatMap((other): Diagnostic[] => {
      const { [key]: cidr, [other]: taken } = rangesInUse(draft);
      if (cidr === undefined || taken === undefined || !overlaps(cidr, taken)) return [];
      const rule = `shares addresses with ${fullKey(other)}, ${taken}`;
      return [{ path: fullKey(key), value: cidr, rule, fix: 'Choose ranges that share none.' }];
    }),
  );

/** The shortest and longest prefix of the ranges that have limits of their own, and why. */
const prefixLimits = {
  labSubnet: [16, 29, 'a Docker network of machines'],
  vpcCidr: [16, 28, 'a VPC'],
  serviceCidr: [12, 29, 'kube-apiserver'],
} as const;

const rightSize: Rule = (draft) =>
  (Object.keys(prefixLimits) as (keyof typeof prefixLimits)[]).flatMap((key): Diagnostic[] => {
    const cidr = rangesInUse(draft)[key];
    const [least, most, taker] = prefixLimits[key];
    if (cidr === undefined) return [];
    const length = prefixLength(cidr);
    if (length >= least && length <= most) return [];
    const rule =
      length < least
        ? `is larger than the /${least} that ${taker} takes at most`
        : `is smaller than a /${most}, which is the least that serves`;
    return [{ path: fullKey(key), value: cidr, rule, fix: `Choose a range from a /${most} to a /${least}.` }];
  });

/** The longest difference between the prefixes of the pod range and of a node's part, a limit of kube-controller-manager. */
const longestStep = 16;

function isPrefixRight(draft: PartialConfig): boolean {
  const { podCidr, podCidrPrefixLength: length } = draft.settings;
  if (podCidr === undefined || length === undefined) return false;
  return length >= prefixLength(podCidr) && length <= prefixLength(podCidr) + longestStep;
}

const nodePrefix: Rule = (draft) => {
  const { podCidr, podCidrPrefixLength: value } = draft.settings;
  if (podCidr === undefined || value === undefined || isPrefixRight(draft)) return [];
  const least = prefixLength(podCidr);
  const most = Math.min(28, least + longestStep);
  const rule = `must be from ${least} to ${most}: as long as the prefix of ${fullKey('podCidr')}, ${podCidr}, or up to ${longestStep} bits longer, and 28 at most`;
  return [{ path: fullKey('podCidrPrefixLength'), value, rule, fix: `Choose a length from ${least} to ${most}.` }];
};

/** How much shorter a prefix must be for a count to fit: the shortest such range's prefix. */
function prefixFor(count: number, unit: number): number {
  return unit - Math.ceil(Math.log2(count));
}

const roomForNodes: Rule = (draft) => {
  const { podCidr, podCidrPrefixLength: length, cni } = draft.settings;
  if (podCidr === undefined || length === undefined || cni !== 'bridge' || !isPrefixRight(draft)) return [];
  const nodes = draft.machines.filter((machine) => becomesNode(draft, machine)).length;
  const room = subnetCount(podCidr, length);
  if (nodes <= room) return [];
  const rule = `has room for ${room} ${room === 1 ? 'node' : 'nodes'} with a /${length} each, and the cluster has ${nodes}`;
  const fix = `Choose a /${prefixFor(nodes, length)} or larger, or a longer ${fullKey('podCidrPrefixLength')}.`;
  return [{ path: fullKey('podCidr'), value: podCidr, rule, fix }];
};

const roomForMachines: Rule = (draft) => {
  const cidr = rangesInUse(draft).labSubnet;
  if (cidr === undefined || prefixLength(cidr) > 29) return [];
  const machines = ownMachines(draft).length;
  const moving = entriesOf(draft, 'loadBalancers').length > 1 ? 1 : 0;
  const room = rangeSize(cidr) - 4;
  if (machines + moving <= room) return [];
  const more = moving === 0 ? '' : ' and an address that moves between its load balancers';
  const rule = `has room for ${room} machines beside the gateway and the mirror, and the cluster has ${machines}${more}`;
  const fix = `Choose a /${prefixFor(machines + moving + 4, 32)} or larger.`;
  return [{ path: fullKey('labSubnet'), value: cidr, rule, fix }];
};

const dnsAddress: Rule = ({ settings }) => {
  const { serviceCidr, dnsServiceAddress: value } = settings;
  if (serviceCidr === undefined || value === undefined || prefixLength(serviceCidr) > 29) return [];
  const path = fullKey('dnsServiceAddress');
  const range = `${fullKey('serviceCidr')}, ${serviceCidr}`;
  const fix = `Choose an address from ${nthAddress(serviceCidr, 2)} to ${nthAddress(serviceCidr, -2)}.`;
  if (value === '') {
    if (rangeSize(serviceCidr) > 11) return [];
    return [{ path, value, rule: `stands for the tenth address of ${range}, which has no tenth`, fix }];
  }
  if (!contains(serviceCidr, value)) return [{ path, value, rule: `is outside ${range}`, fix }];
  if (value === nthAddress(serviceCidr, 1)) {
    return [{ path, value, rule: `is the first address of ${range}, which is the API server's`, fix }];
  }
  const isEnd = value === nthAddress(serviceCidr, 0) || value === nthAddress(serviceCidr, -1);
  return isEnd ? [{ path, value, rule: `is at an end of ${range}, where no service can be`, fix }] : [];
};

/** A name server that is in the cluster, or on each machine itself, would send the cluster's DNS questions to itself. */
const outsideNameServers: Rule = ({ settings }) =>
  (settings.upstreamNameservers ?? []).flatMap((value, index): Diagnostic[] => {
    const path = `${fullKey('upstreamNameservers')}[${index}]`;
    const fix = 'Name a server that is reached from the machines and outside the cluster.';
    if (contains('127.0.0.0/8', value)) {
      return [{ path, value, rule: 'is a loopback address, where the cluster DNS would ask itself', fix }];
    }
    const key = (['podCidr', 'serviceCidr'] as const).find((each) => {
      const cidr = settings[each];
      return cidr !== undefined && contains(cidr, value);
    });
    return key === undefined ? [] : [{ path, value, rule: `is inside ${fullKey(key)}, ${settings[key]}`, fix }];
  });

/** The faults of the ranges. */
export const rangeRules: readonly Rule[] = [
  notSetAside,
  apart,
  rightSize,
  nodePrefix,
  roomForNodes,
  roomForMachines,
  dnsAddress,
  outsideNameServers,
];
