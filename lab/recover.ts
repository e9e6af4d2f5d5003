import { UserError } from '../lib/user-error.ts';
import { docker } from './engine.ts';
import type { Progress } from './image.ts';
import { waitForSsh } from './machine.ts';
import { missingAmong } from './missing.ts';
import { containerName } from './names.ts';
import { labStatus } from './status.ts';

/** A machine that a stack has, by its last finished update. */
export interface StandingMachine {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly string[];
}

/** What a stack's lab is to be. */
export interface StandingLab {
  readonly lab: string;
  readonly machines: readonly StandingMachine[];
}

/** What has to be done about a lab's machines before an update. */
export interface LabRepair {
  /** Containers that exist and do not run, with the verb of `docker container` that brings them back. */
  readonly start: readonly { readonly machine: StandingMachine; readonly verb: 'start' | 'unpause' }[];
  /** Machines without a container: the update creates them again. */
  readonly create: readonly StandingMachine[];
  /** etcd members without a container, where those that are left are too few to give them their data again. */
  readonly lost: readonly StandingMachine[];
}

const isMember = ({ roles }: StandingMachine): boolean => roles.includes('etcd');

/**
 * Compares a lab's containers with the machines of its stack. Pure.
 *
 * @param containers - every container of the lab; without any the whole lab is gone
 */
export function planRepair(
  machines: readonly StandingMachine[],
  containers: readonly { readonly name: string; readonly state: string }[],
): LabRepair {
  const names = machines.map(({ name }) => name);
  const members = machines.filter(isMember);
  const gone = new Set(containers.length === 0 ? names : missingAmong(names, containers));
  const missing = machines.filter(({ name }) => gone.has(name));
  const quorum = 2 * members.filter(({ name }) => !gone.has(name)).length > members.length;
  const stateOf = (machine: StandingMachine) => containers.find(({ name }) => name === machine.name)?.state;
  return {
    start: machines.flatMap((machine) => {
      const state = stateOf(machine);
      return state === 'exited' || state === 'paused'
        ? { machine, verb: state === 'paused' ? 'unpause' : 'start' }
        : [];
    }),
    create: missing.filter((machine) => quorum || !isMember(machine)),
    lost: quorum ? [] : missing.filter(isMember),
  };
}

/**
 * Brings a lab's stopped machines back, before an update of its stack; says which ones the update has to create again.
 * Their disks are kept.
 *
 * @param restoring - whether lost members get their data from a snapshot
 * @returns whether something was stopped or is missing, so that the cluster needs time afterwards
 * @throws UserError when the containers of so many etcd members were removed that they lost their quorum, before anything
 * is changed
 */
export async function recoverMachines(
  { lab, machines }: StandingLab,
  say: Progress,
  restoring = false,
): Promise<boolean> {
  if (machines.length === 0) return false;
  const { start, create, lost } = planRepair(machines, (await labStatus(lab)).machines);
  if (lost.length > 0 && !restoring) throw lostMembers(lost, machines.filter(isMember));
  await Promise.all(
    start.map(async ({ machine, verb }) => {
      const container = containerName(lab, machine.name);
      say(`${machine.name}: its container ${container} was ${verb === 'start' ? 'stopped' : 'paused'}; starting it`);
      await docker(['container', verb, container]);
      await waitForSsh({ lab, ...machine }, container);
    }),
  );
  for (const { name } of [...create, ...lost])
    say(`${name}: its container was removed; this update creates the machine again`);
  return start.length + create.length + lost.length > 0;
}

/** Without a quorum, nobody can let the members in again. */
function lostMembers(lost: readonly StandingMachine[], members: readonly StandingMachine[]): UserError {
  const names = lost.map(({ name }) => name).join(', ');
  const left = members.filter((member) => !lost.includes(member)).map(({ name }) => name);
  const problem = `${names}: the container was removed, and with it the data of an etcd member; nothing was changed`;
  const anew =
    'restore a snapshot ("make restore SNAPSHOT=…" with its STACK), or remove the cluster ("make down" with its STACK) and create it again ("make up")';
  if (left.length === 0) return new UserError(problem, { fix: `no member is left, and the data is lost: ${anew}.` });
  return new UserError(problem, {
    fix:
      `${left.join(', ')} still ${left.length > 1 ? 'have' : 'has'} the data but no quorum, so that no member can join. Save it ` +
      `there ("cp -a /var/lib/etcd" while etcd is stopped, or "etcdutl snapshot"), then ${anew}.`,
  });
}
