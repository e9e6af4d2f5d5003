/** Which etcd members may follow those that stand. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey } from '../options/index.ts';
import { type ClusterConfig, machineNamed } from '../schema.ts';

/** An etcd member: two of one name at different addresses are different members. */
export interface StandingMember {
  readonly name: string;
  readonly address: string;
}

const text = ({ name, address }: StandingMember): string => `${name} (${address})`;
const texts = (members: readonly StandingMember[]): string => members.map(text).sort().join(', ');

/**
 * What is wrong with the wanted members. Newcomers join the members that stand and those that leave are removed in one
 * update, whatever their number, as long as one of them stays: the data is copied from it.
 *
 * @param standing - the members of the last update that finished; empty where they are not known
 * @param recorded - whether the stack records which members the cluster began with
 * @param config - the wanted configuration
 */
export function refusedMembers(
  standing: readonly StandingMember[],
  recorded: boolean,
  config: ClusterConfig,
): Diagnostic[] {
  const wanted = config.derived.etcdMachines.map((name) => machineNamed(config, name));
  const before = texts(standing);
  if (standing.length === 0 || before === texts(wanted)) return [];
  const key = config.machines === 'hosts' ? 'hosts' : config.etcdMembers.length > 0 ? 'etcdMembers' : 'controllers';
  const refused = (problem: string, fix: string): Diagnostic[] => [
    { severity: 'error', path: fullKey(key), value: texts(wanted), problem, fix },
  ];
  if (!recorded) {
    return refused(
      `changes the etcd members ${before} in the first update with this version of hardway, which has to record them first`,
      'Set it back, run "make up" once, then change it.',
    );
  }
  const stays = wanted.some((member) => standing.some((other) => text(other) === text(member)));
  if (stays) return [];
  return refused(
    `would leave none of the etcd members ${before}, which hold the data of the cluster`,
    `Change them in two updates: first add the new members to ${before}, then remove the old ones.`,
  );
}
