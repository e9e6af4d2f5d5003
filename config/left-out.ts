/** Machines that an update leaves as they are, since they do not answer. */
import { UserError } from '../lib/user-error.ts';
import type { ClusterConfig } from './schema.ts';

/** The variable that names them, separated by commas. */
export const LEFT_OUT_VARIABLE = 'HARDWAY_LEAVE_OUT';

/** The variable that says that lost etcd members get their data from a snapshot, so that they may be made again. */
export const RESTORING_VARIABLE = 'HARDWAY_RESTORING';

/** The machines that an update can do without: those that are workers and nothing else. */
export function namesThatMayBeLeftOut({ machinesList }: Pick<ClusterConfig, 'machinesList'>): string[] {
  return machinesList.filter(({ roles }) => roles.every((role) => role === 'worker')).map(({ name }) => name);
}

/**
 * The machines that this update leaves as they are.
 *
 * @param value - the variable's value; default none
 * @throws UserError for a name that is no worker: the cluster needs every other machine
 */
export function leftOutMachines({ machinesList }: Pick<ClusterConfig, 'machinesList'>, value = ''): string[] {
  const names = value.split(',').flatMap((name) => name.trim() || []);
  const workers = namesThatMayBeLeftOut({ machinesList });
  const wrong = names.filter((name) => !workers.includes(name));
  if (wrong.length === 0) return [...new Set(names)];
  throw new UserError(`${LEFT_OUT_VARIABLE} names ${wrong.join(', ')}, which an update cannot leave out`, {
    fix: `name machines that are workers and nothing else: ${workers.join(', ') || 'there is none'}.`,
  });
}
