import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { RolePlan } from '../../lib/format/role.ts';
import { activationBundle, digestOf, readablePlan, readableRestarts } from './bundle.ts';
import { bundleCommand, removalCommand } from './connection.ts';
import type { Machine } from './machine.ts';
import { RemoteStep } from './step.ts';

export interface RemoteRoleArgs {
  readonly machine: Machine;
  /** The role's name on the machine, e.g. `etcd`: the folder under /var/lib/hardway that remembers what it owns. */
  readonly role: string;
  /** What belongs on the machine; it may hold secrets. */
  readonly plan: pulumi.Input<RolePlan>;
  /**
   * What comes first. An argument and not the component's `dependsOn`, which Pulumi does not hand on to children: the
   * command is what has to wait.
   */
  readonly dependsOn?: readonly pulumi.Resource[];
}

/**
 * One role activated on one machine. Creation writes the files, flips the links and starts the units without waiting;
 * an update restarts only what changed and waits until the role is healthy, so that updates of a chain of roles roll.
 * The plan is an input of this component, so `pulumi preview --diff` shows the very lines of a unit or config that
 * change; private content shows as the head of its digest.
 */
export class RemoteRole extends pulumi.ComponentResource {
  /** Digest of the plan and the attempt to activate it: the trigger by which a gate verifies again after a change. */
  readonly revision: pulumi.Output<string>;

  constructor(name: string, args: RemoteRoleArgs, opts: pulumi.ComponentResourceOptions) {
    const plan = pulumi.output(args.plan);
    const readable = pulumi.unsecret(plan.apply(readablePlan));
    const restarts = pulumi.unsecret(plan.apply(readableRestarts));
    super('hardway:remote:Role', name, { machine: args.machine.name, role: args.role, plan: readable, restarts }, opts);
    const { machine, role } = args;
    const revision = readable.apply(digestOf);
    // A failed update leaves its command's old input in the state, so that the old configuration would be no change
    // although the machine has the new one. This resource is replaced before the command runs, whatever becomes of
    // that, and makes the input of the next update differ.
    const attempt = new random.RandomId(
      `${name}-attempt`,
      { byteLength: 4, keepers: { plan: revision } },
      { parent: this },
    );
    new RemoteStep(
      name,
      {
        machine,
        create: machine.identity.apply((identity) => bundleCommand(machine, 'start', role, identity)),
        update: machine.identity.apply((identity) => bundleCommand(machine, 'roll', role, identity)),
        delete: machine.identity.apply((identity) => removalCommand(machine, role, identity)),
        stdin: pulumi.secret(pulumi.all([plan, attempt.hex]).apply(([wanted, id]) => activationBundle(wanted, id))),
        dependsOn: [...(machine.staged ? [machine.staged] : []), ...(args.dependsOn ?? [])],
      },
      this,
    );
    this.revision = pulumi.interpolate`${revision} ${attempt.hex}`;
    this.registerOutputs();
  }
}

/**
 * Roles of one kind, a few machines at a time: an update rolls through them and stops at the first that does not become
 * healthy, while a first creation, which waits for nothing, passes through in a moment.
 *
 * @param atOnce - how many machines are updated at the same time
 * @param lastOf - what ends the update of a machine, so that the next one follows it; default its role
 */
export function rolling(
  machines: readonly Machine[],
  activate: (machine: Machine, dependsOn: pulumi.Resource[]) => RemoteRole,
  atOnce = 1,
  lastOf: (role: RemoteRole, machine: Machine) => pulumi.Resource = (role) => role,
): RemoteRole[] {
  const roles: RemoteRole[] = [];
  const last: pulumi.Resource[] = [];
  for (const machine of machines) {
    const before = last.at(-atOnce);
    const role = activate(machine, before ? [before] : []);
    roles.push(role);
    last.push(lastOf(role, machine));
  }
  return roles;
}
