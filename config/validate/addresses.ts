/** Rules about what single machines ask for: their addresses and their parts of the pod range. */

import { contains, nthAddress, overlaps, prefixLength } from '../../lib/ipv4.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey } from '../options/index.ts';
import {
  becomesNode,
  ownMachines,
  type PartialConfig,
  type PartialMachine,
  type Rule,
  rangesInUse,
} from './partial-config.ts';

/** Why no machine may have an address of the lab's subnet; `undefined` when one may. */
function takenFor(subnet: string, address: string): string | undefined {
  const ends = { 0: 'network address', 1: 'gateway', [-2]: 'artifact mirror', [-1]: 'broadcast address' };
  const found = Object.entries(ends).find(([offset]) => nthAddress(subnet, Number(offset)) === address);
  return found?.[1];
}

/** What asks for an address of a lab's subnet: the machines, and what moves between load balancers. */
function addressWishes(draft: PartialConfig): { path: string; value: string | undefined }[] {
  const floating = draft.settings.loadBalancerAddress;
  return [
    ...ownMachines(draft).map(({ path, address }) => ({ path: `${path}.address`, value: address })),
    { path: fullKey('loadBalancerAddress'), value: floating === '' ? undefined : floating },
  ];
}

const freeAddresses: Rule = (draft) =>
  addressWishes(draft).flatMap(({ path, value }): Diagnostic[] => {
    const subnet = rangesInUse(draft).labSubnet;
    if (value === undefined || subnet === undefined || prefixLength(subnet) > 29) return [];
    const fix = `Choose an address from ${nthAddress(subnet, 2)} to ${nthAddress(subnet, -3)}, or leave it out.`;
    if (!contains(subnet, value)) {
      return [{ path, value, rule: `is outside ${fullKey('labSubnet')}, ${subnet}`, fix }];
    }
    const owner = takenFor(subnet, value);
    return owner === undefined
      ? []
      : [{ path, value, rule: `is the ${owner} of ${fullKey('labSubnet')}, ${subnet}`, fix }];
  });

/** Hosts have a rule of their own. */
const distinctAddresses: Rule = (draft) => {
  if (draft.settings.machines === 'hosts') return [];
  const firsts = new Map<string, PartialMachine>();
  return ownMachines(draft).flatMap((machine): Diagnostic[] => {
    const { address: value, path } = machine;
    if (value === undefined) return [];
    const first = firsts.get(value);
    if (first === undefined) {
      firsts.set(value, machine);
      return [];
    }
    const rule = `is the address of ${first.path} too`;
    return [{ path: `${path}.address`, value, rule, fix: 'Give each machine an address of its own, or leave it out.' }];
  });
};

const rightPodRanges: Rule = (draft) => {
  const { podCidr, podCidrPrefixLength: length } = draft.settings;
  if (podCidr === undefined || length === undefined || length < prefixLength(podCidr)) return [];
  return ownMachines(draft).flatMap((machine): Diagnostic[] => {
    const value = machine.podCidr;
    if (value === undefined || !becomesNode(draft, machine)) return [];
    const path = `${machine.path}.podCidr`;
    const fix = `Choose a /${length} of it, or leave it out.`;
    if (!contains(podCidr, value)) return [{ path, value, rule: `is outside ${fullKey('podCidr')}, ${podCidr}`, fix }];
    if (prefixLength(value) === length) return [];
    const rule = `must have the prefix length of ${fullKey('podCidrPrefixLength')}, ${length}`;
    return [{ path, value, rule, fix: `Choose a /${length} of ${podCidr}, or leave it out.` }];
  });
};

const distinctPodRanges: Rule = (draft) => {
  const nodes = ownMachines(draft).filter((machine) => becomesNode(draft, machine));
  return nodes.flatMap(({ podCidr: value, path }, index): Diagnostic[] => {
    const first = nodes
      .slice(0, index)
      .find((other) => value !== undefined && other.podCidr !== undefined && overlaps(other.podCidr, value));
    if (first === undefined) return [];
    const rule = `shares addresses with that of ${first.path}, ${first.podCidr}`;
    return [{ path: `${path}.podCidr`, value, rule, fix: 'Give each node a range of its own, or leave it out.' }];
  });
};

/** The faults of what single machines ask for. */
export const addressRules: readonly Rule[] = [freeAddresses, distinctAddresses, rightPodRanges, distinctPodRanges];
