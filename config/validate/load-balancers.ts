/** Rules about the address that moves between load balancers. What is free in a lab's subnet is in `addresses.ts`. */

import { contains } from '../../lib/ipv4.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey } from '../options/index.ts';
import { listPath, ownMachines, type PartialConfig, type Rule, rangesInUse } from './partial-config.ts';

const path = fullKey('loadBalancerAddress');

/** How many load balancers there are, and the address; `undefined` when either does not hold up on its own. */
function asked({ settings }: PartialConfig): { count: number; value: string } | undefined {
  const { loadBalancers, loadBalancerAddress: value } = settings;
  return loadBalancers === undefined || value === undefined ? undefined : { count: loadBalancers.length, value };
}

const somewhereToMove: Rule = (draft) => {
  const wish = asked(draft);
  if (wish === undefined || wish.value === '' || wish.count > 1) return [];
  const number = wish.count === 0 ? 'none' : 'one';
  const rule = `has no effect: it moves between two or more load balancers, and ${listPath(draft, 'loadBalancers')} has ${number}`;
  // On AWS there is one machine at most, and then no such address.
  const fix = draft.settings.machines === 'aws' ? 'Remove it.' : 'Remove it, or add a load balancer.';
  return [{ path, value: wish.value, rule, fix }];
};

/** In a lab one is allocated; the network of machines that exist is not ours to choose from. */
const saidForHosts: Rule = (draft) => {
  const wish = asked(draft);
  if (wish === undefined || wish.value !== '' || wish.count < 2 || draft.settings.machines !== 'hosts') return [];
  const rule = `must be set: ${listPath(draft, 'loadBalancers')} has ${wish.count} load balancers, which share an address`;
  return [{ path, value: wish.value, rule, fix: 'Name a free address of the network that they are all in.' }];
};

const nobodysOwn: Rule = (draft) => {
  const wish = asked(draft);
  const owner = ownMachines(draft).find(({ address }) => address !== undefined && address === wish?.value);
  if (wish === undefined || owner === undefined) return [];
  const rule = `is the address of ${owner.path} too`;
  return [{ path, value: wish.value, rule, fix: 'Choose an address that no machine has.' }];
};

/** In a lab it has to be in the lab's subnet, which shares nothing with these ranges. */
const outsideRanges: Rule = (draft) => {
  const wish = asked(draft);
  const { labSubnet, ...ranges } = rangesInUse(draft);
  if (wish === undefined || wish.value === '' || labSubnet !== undefined) return [];
  return (['podCidr', 'serviceCidr'] as const).flatMap((key): Diagnostic[] => {
    const cidr = ranges[key];
    if (cidr === undefined || !contains(cidr, wish.value)) return [];
    const rule = `is inside ${fullKey(key)}, ${cidr}`;
    return [{ path, value: wish.value, rule, fix: 'Choose a free address of the network that the machines are in.' }];
  });
};

/** The faults of the address that moves between load balancers. */
export const loadBalancerRules: readonly Rule[] = [somewhereToMove, saidForHosts, nobodysOwn, outsideRanges];
