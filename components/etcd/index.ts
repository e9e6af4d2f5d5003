import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { ClusterConfig } from '../../config/schema.ts';
import { Gate } from '../remote/gate.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole, rolling } from '../remote/role.ts';
import { type EtcdMember, type EtcdPlanArgs, etcdClientUrl, membersCondition, planEtcd } from './etcd.ts';

export interface EtcdArgs {
  readonly config: ClusterConfig;
  /** The machines that run a member each, in a fixed order. */
  readonly members: readonly Machine[];
  /** A member's certificates by its machine's name. */
  readonly certificates: (machine: string) => pulumi.Input<EtcdPlanArgs['certificates']>;
}

const memberOf = ({ name, address }: Machine): EtcdMember => ({ name, address });

/**
 * The etcd cluster: one member a machine, mutual TLS. Its endpoints are known only once it is verified.
 *
 * Members are added, removed and replaced by naming others: a newcomer joins the ones that answer as a learner and is
 * promoted once it has all data; then the gate removes those that leave from the list, and their machines are deleted.
 */
export class Etcd extends pulumi.ComponentResource {
  /** Client URLs of all members, known only once the whole cluster answers. */
  readonly endpoints: pulumi.Output<string[]>;

  constructor(name: string, args: EtcdArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super(
      'hardway:etcd:Etcd',
      name,
      { version: args.config.etcdVersion, members: args.members.map((member) => member.name) },
      opts,
    );
    const members = args.members.map(memberOf);
    const founders = this.#keepFounders(name, args.members);
    const roles = rolling(args.members, (machine, dependsOn) => {
      const plan = pulumi
        .all([args.certificates(machine.name), founders, machine.identity])
        .apply(([certificates, founding, identity]) =>
          planEtcd({
            config: args.config,
            member: memberOf(machine),
            members,
            initialClusterState: founding[machine.name] === identity ? 'new' : 'existing',
            certificates: certificates as EtcdPlanArgs['certificates'],
          }),
        );
      return new RemoteRole(`${name}-${machine.name}`, { machine, role: 'etcd', plan, dependsOn }, { parent: this });
    });
    const first = args.members[0];
    if (!first) throw new Error('etcd needs at least one member');
    const gate = new Gate(
      `${name}-verified`,
      {
        machine: first,
        description: `etcd has exactly the members ${args.members.map((member) => member.name).join(', ')}, and all answer`,
        condition: membersCondition(members),
        // A newcomer first copies all data.
        limitSeconds: 300,
        units: ['etcd.service'],
        triggers: [...roles.map((role) => role.revision), ...args.members.map((machine) => machine.identity)],
        dependsOn: roles,
      },
      { parent: this },
    );
    this.endpoints = gate.whenReady(members.map(etcdClientUrl));
    this.registerOutputs({ endpoints: this.endpoints });
  }

  /**
   * Records which machines the cluster began with, and keeps that whatever comes after: only they may ever begin an
   * empty etcd.
   *
   * @returns the identities of their machines by name
   */
  #keepFounders(name: string, machines: readonly Machine[]): pulumi.Output<Record<string, string>> {
    const keepers = Object.fromEntries(machines.map((machine) => [machine.name, machine.identity]));
    const founders = new random.RandomId(
      `${name}-founders`,
      { byteLength: 4, keepers },
      { parent: this, ignoreChanges: ['keepers'] },
    );
    return founders.keepers.apply((kept) => kept ?? {});
  }
}
