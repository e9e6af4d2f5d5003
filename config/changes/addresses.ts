/** Whether new machines want addresses that are still taken. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey } from '../options/index.ts';
import type { ClusterConfig } from '../schema.ts';
import type { StandingMember } from './members.ts';

const keyOf = {
  loadBalancer: 'loadBalancers',
  controller: 'controllers',
  etcd: 'etcdMembers',
  worker: 'workers',
} as const;

/**
 * Machines that are created at the address of one that leaves, or moves, in the same update: the old one goes last, so
 * both would have it. Machines that exist already are compared by the pre-flight.
 *
 * @param standing - every machine of the last update that finished
 */
export function refusedAddresses(standing: readonly StandingMember[], config: ClusterConfig): Diagnostic[] {
  if (config.machines === 'hosts') return [];
  return config.machinesList.flatMap(({ name, address, roles }): Diagnostic[] => {
    const holder = standing.find((machine) => machine.address === address);
    if (holder === undefined || holder.name === name) return [];
    const [role = 'worker'] = roles;
    return [
      {
        severity: 'error',
        path: fullKey(keyOf[role]),
        value: `${name} (${address})`,
        problem: `would be created at the address of ${holder.name}, which has it until the end of the update`,
        fix: `Give ${name} a free address, as in {name: ${name}, address: …}; or make two updates: first without ${holder.name}, then with ${name}.`,
      },
    ];
  });
}
