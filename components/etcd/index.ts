import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { ClusterConfig } from '../../config/schema.ts';
import { scriptCommand } from '../remote/connection.ts';
import { Gate } from '../remote/gate.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole, rolling } from '../remote/role.ts';
import { RemoteStep } from '../remote/step.ts';
import {
  type BackupIdentity,
  type EtcdMember,
  type EtcdPlanArgs,
  etcdClientUrl,
  membersCondition,
  planEtcd,
  SNAPSHOT,
} from './etcd.ts';

export interface EtcdArgs {
  readonly config: ClusterConfig;
  /** The machines that run a member each, in a fixed order. */
  readonly members: readonly Machine[];
  /** What a snapshot is compared with before it is restored. */
  readonly identity: pulumi.Output<BackupIdentity>;
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
  /** Exists once there is a snapshot of what an update is about to change. */
  readonly saved: pulumi.Resource;

  constructor(name: string, args: EtcdArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super(
      'hardway:etcd:Etcd',
      name,
      { version: args.config.etcdVersion, members: args.members.map((member) => member.name) },
      opts,
    );
    const members = args.members.map(memberOf);
    const founders = this.#keepFounders(name, args.members);
    const first = args.members[0];
    if (!first) throw new Error('etcd needs at least one member');
    this.saved = this.#snapshotBefore(`${name}-saved`, first, args);
    const roles = rolling(args.members, (machine, dependsOn) => {
      const plan = pulumi
        .all([args.certificates(machine.name), founders, machine.identity, args.identity])
        .apply(([certificates, founding, identity, backup]) =>
          planEtcd({
            config: args.config,
            member: memberOf(machine),
            members,
            initialClusterState: founding[machine.name] === identity ? 'new' : 'existing',
            identity: backup,
            certificates: certificates as EtcdPlanArgs['certificates'],
          }),
        );
      const parts = { machine, role: 'etcd', plan, dependsOn: [this.saved, ...dependsOn] };
      return new RemoteRole(`${name}-${machine.name}`, parts, { parent: this });
    });
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

  /** A snapshot before versions or members change. Creating it does nothing: there is nothing to save yet. */
  #snapshotBefore(name: string, machine: Machine, { config, members }: EtcdArgs): pulumi.Resource {
    const changes = [config.kubernetesVersion, config.etcdVersion, ...members.map((member) => member.name)];
    // A newcomer in the first place has nothing yet.
    const script = `[ ! -x ${SNAPSHOT} ] || ${SNAPSHOT} before-update >/dev/null\n# ${changes.join(' ')}\n`;
    return new RemoteStep(name, { machine, aboutCluster: true, update: scriptCommand(machine), stdin: script }, this);
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
