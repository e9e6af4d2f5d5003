import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import { Gate } from '../remote/gate.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole, rolling } from '../remote/role.ts';
import { type EtcdMember, type EtcdPlanArgs, etcdClientUrl, membersVerified, planEtcd } from './etcd.ts';

export interface EtcdArgs {
  readonly config: ClusterConfig;
  /** The machines that run a member each, in a fixed order. */
  readonly members: readonly Machine[];
  /** A member's certificates by its machine's name. */
  readonly certificates: (machine: string) => pulumi.Input<EtcdPlanArgs['certificates']>;
}

const memberOf = ({ name, address }: Machine): EtcdMember => ({ name, address });

/** The etcd cluster: one member a machine, mutual TLS. Its endpoints are known only once it is verified. */
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
    const roles = rolling(args.members, (machine, dependsOn) => {
      const plan = pulumi
        .output(args.certificates(machine.name))
        .apply((certificates) => planEtcd({ config: args.config, member: memberOf(machine), members, certificates }));
      return new RemoteRole(`${name}-${machine.name}`, { machine, role: 'etcd', plan, dependsOn }, { parent: this });
    });
    const first = args.members[0];
    if (!first) throw new Error('etcd needs at least one member');
    const gate = new Gate(
      `${name}-verified`,
      {
        machine: first,
        description: `etcd has exactly the members ${args.members.map((member) => member.name).join(', ')}, and all answer`,
        condition: membersVerified(args.members.map((member) => member.name)),
        units: ['etcd.service'],
        triggers: roles.map((role) => role.revision),
        dependsOn: roles,
      },
      { parent: this },
    );
    this.endpoints = gate.whenReady(members.map(etcdClientUrl));
    this.registerOutputs({ endpoints: this.endpoints });
  }
}
