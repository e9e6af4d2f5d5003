import { z } from 'zod';
import { checkScript, type MachineDifference, readDifferences } from '../../components/remote/check.ts';
import { type MachineLogins, MachineSsh } from '../../ssh/machines.ts';
import { readUrn } from '../pulumi/events.ts';
import { roleType } from './program.ts';

/** A role that the stack has put onto a machine. */
export interface AppliedRole {
  readonly machine: string;
  /** Its name on the machine, e.g. `etcd`. */
  readonly role: string;
  /**
   * The number of the attempt to apply it: replaced, it applies the role again, by an update that waits for its health. In
   * stacks that were last updated before there was one, the command, which is then created again.
   */
  readonly attempt: string;
  /** The resource that stages the machine's programs: replacing it fetches changed programs again. */
  readonly stage?: string;
}

/** A difference, and the machine it is on. */
export interface FoundOnMachine extends MachineDifference {
  readonly machine: string;
}

/** What the machines say, and why some said nothing. */
export interface MachinesReading {
  readonly differences: readonly FoundOnMachine[];
  /** One sentence for each machine that could not be checked; it begins with the machine's name. */
  readonly unchecked: readonly string[];
}

const exported = z.object({
  deployment: z.object({
    resources: z
      .array(z.object({ urn: z.string(), parent: z.string().optional(), inputs: z.unknown().optional() }))
      .optional(),
  }),
});
const roleInputs = z.object({ machine: z.string(), role: z.string() });
const stageInputs = z.object({ machine: z.string() });

const COMMAND = 'command:remote:Command';
const ATTEMPT = 'random:index/randomId:RandomId';

/** The roles that an exported stack says are on its machines. */
export function appliedRoles(stack: string): AppliedRole[] {
  const resources = exported.parse(JSON.parse(stack)).deployment.resources ?? [];
  const ofType = (type: string) => resources.filter(({ urn }) => readUrn(urn).type === type);
  const childOf = (component: string, ...types: string[]) =>
    types.flatMap(
      (type) => resources.find(({ urn, parent }) => parent === component && readUrn(urn).type === type) ?? [],
    )[0]?.urn ?? component;
  const stages = new Map(
    ofType('hardway:remote:Stage').map(({ urn, inputs }) => [stageInputs.parse(inputs).machine, childOf(urn, COMMAND)]),
  );
  return ofType(roleType).map(({ urn, inputs }) => {
    const { machine, role } = roleInputs.parse(inputs);
    return { machine, role, attempt: childOf(urn, ATTEMPT, COMMAND), stage: stages.get(machine) };
  });
}

/**
 * Looks at every machine at once, over SSH, with the stack's own key.
 *
 * @param seconds - `hardway:sshTimeoutSeconds`; the check reads every program's bytes and gets twice as long to answer
 */
export async function checkMachines(
  ssh: MachineLogins,
  roles: readonly AppliedRole[],
  seconds: number,
): Promise<MachinesReading> {
  return MachineSsh.using(ssh, seconds, (client) =>
    gather(roles, (machine, script) => client.run(machine, script, { seconds: 2 * seconds })),
  );
}

/**
 * Asks every machine, and takes one that gives no answer for a fault and not for a difference.
 *
 * @param look - runs a script on a machine and gives what it printed
 */
export async function gather(
  roles: readonly AppliedRole[],
  look: (machine: string, script: string) => Promise<string>,
): Promise<MachinesReading> {
  const machines = [...new Set(roles.map(({ machine }) => machine))];
  const faults: string[] = [];
  const found = await Promise.all(
    machines.map(async (machine): Promise<FoundOnMachine[]> => {
      const names = roles.filter((one) => one.machine === machine).map(({ role }) => role);
      try {
        const printed = await look(machine, checkScript(names));
        return readDifferences(printed).map((one) => ({ machine, ...one }));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        faults.push(message.startsWith(`${machine}: `) ? message : `${machine}: ${message}`);
        return [];
      }
    }),
  );
  return { differences: found.flat(), unchecked: faults };
}
