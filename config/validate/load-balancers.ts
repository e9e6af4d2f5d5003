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

const somewhereToMove: Rule = (partial) => {
  const wish = asked(partial);
  if (wish === undefined || wish.value === '' || wish.count > 1) return [];
  const number = wish.count === 0 ? 'none' : 'one';
  const problem = `has no effect: it moves between two or more load balancers, and ${listPath(partial, 'loadBalancers')} has ${number}`;
  // On AWS there is one machine at most, and then no such address.
  const fix = partial.settings.machines === 'aws' ? 'Remove it.' : 'Remove it, or add a load balancer.';
  return [{ path, value: wish.value, problem, fix }];
};

/** In a lab one is allocated; the network of machines that exist is not ours to choose from. */
const saidForHosts: Rule = (partial) => {
  const wish = asked(partial);
  if (wish === undefined || wish.value !== '' || wish.count < 2 || partial.settings.machines !== 'hosts') return [];
  const problem = `must be set: ${listPath(partial, 'loadBalancers')} has ${wish.count} load balancers, which share an address`;
  return [{ path, value: wish.value, problem, fix: 'Name a free address of the network that they are all in.' }];
};

const nobodysOwn: Rule = (partial) => {
  const wish = asked(partial);
  const owner = ownMachines(partial).find(({ address }) => address !== undefined && address === wish?.value);
  if (wish === undefined || owner === undefined) return [];
  const problem = `is the address of ${owner.path} too`;
  return [{ path, value: wish.value, problem, fix: 'Choose an address that no machine has.' }];
};

/** In a lab it has to be in the lab's subnet, which shares nothing with these ranges. */
const outsideRanges: Rule = (partial) => {
  const wish = asked(partial);
  const { labSubnet, ...ranges } = rangesInUse(partial);
  if (wish === undefined || wish.value === '' || labSubnet !== undefined) return [];
  return (['podCidr', 'serviceCidr'] as const).flatMap((key): Diagnostic[] => {
    const cidr = ranges[key];
    if (cidr === undefined || !contains(cidr, wish.value)) return [];
    const problem = `is inside ${fullKey(key)}, ${cidr}`;
    return [
      { path, value: wish.value, problem, fix: 'Choose a free address of the network that the machines are in.' },
    ];
  });
};

/** The faults of the address that moves between load balancers. */
export const loadBalancerRules: readonly Rule[] = [somewhereToMove, saidForHosts, nobodysOwn, outsideRanges];
