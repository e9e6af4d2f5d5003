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
function addressWishes(partial: PartialConfig): { path: string; value: string | undefined }[] {
  const floating = partial.settings.loadBalancerAddress;
  return [
    ...ownMachines(partial).map(({ path, address }) => ({ path: `${path}.address`, value: address })),
    { path: fullKey('loadBalancerAddress'), value: floating === '' ? undefined : floating },
  ];
}

const freeAddresses: Rule = (partial) =>
  addressWishes(partial).flatMap(({ path, value }): Diagnostic[] => {
    const subnet = rangesInUse(partial).labSubnet;
    if (value === undefined || subnet === undefined || prefixLength(subnet) > 29) return [];
    const fix = `Choose an address from ${nthAddress(subnet, 2)} to ${nthAddress(subnet, -3)}, or leave it out.`;
    if (!contains(subnet, value)) {
      return [{ path, value, problem: `is outside ${fullKey('labSubnet')}, ${subnet}`, fix }];
    }
    const owner = takenFor(subnet, value);
    return owner === undefined
      ? []
      : [{ path, value, problem: `is the ${owner} of ${fullKey('labSubnet')}, ${subnet}`, fix }];
  });

/** Hosts have a rule of their own. */
const distinctAddresses: Rule = (partial) => {
  if (partial.settings.machines === 'hosts') return [];
  const firsts = new Map<string, PartialMachine>();
  return ownMachines(partial).flatMap((machine): Diagnostic[] => {
    const { address: value, path } = machine;
    if (value === undefined) return [];
    const first = firsts.get(value);
    if (first === undefined) {
      firsts.set(value, machine);
      return [];
    }
    const problem = `is the address of ${first.path} too`;
    return [
      { path: `${path}.address`, value, problem, fix: 'Give each machine an address of its own, or leave it out.' },
    ];
  });
};

const rightPodRanges: Rule = (partial) => {
  const { podCidr, podCidrPrefixLength: length } = partial.settings;
  if (podCidr === undefined || length === undefined || length < prefixLength(podCidr)) return [];
  return ownMachines(partial).flatMap((machine): Diagnostic[] => {
    const value = machine.podCidr;
    if (value === undefined || !becomesNode(partial, machine)) return [];
    const path = `${machine.path}.podCidr`;
    const fix = `Choose a /${length} of it, or leave it out.`;
    if (!contains(podCidr, value))
      return [{ path, value, problem: `is outside ${fullKey('podCidr')}, ${podCidr}`, fix }];
    if (prefixLength(value) === length) return [];
    const problem = `must have the prefix length of ${fullKey('podCidrPrefixLength')}, ${length}`;
    return [{ path, value, problem, fix: `Choose a /${length} of ${podCidr}, or leave it out.` }];
  });
};

const distinctPodRanges: Rule = (partial) => {
  const nodes = ownMachines(partial).filter((machine) => becomesNode(partial, machine));
  return nodes.flatMap(({ podCidr: value, path }, index): Diagnostic[] => {
    const first = nodes
      .slice(0, index)
      .find((other) => value !== undefined && other.podCidr !== undefined && overlaps(other.podCidr, value));
    if (first === undefined) return [];
    const problem = `shares addresses with that of ${first.path}, ${first.podCidr}`;
    return [{ path: `${path}.podCidr`, value, problem, fix: 'Give each node a range of its own, or leave it out.' }];
  });
};

/** The faults of what single machines ask for. */
export const addressRules: readonly Rule[] = [freeAddresses, distinctAddresses, rightPodRanges, distinctPodRanges];
