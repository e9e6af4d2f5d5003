import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import type { CertificatePair } from '../../lib/format/certificates.ts';
import { Gate } from '../remote/gate.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole, rolling } from '../remote/role.ts';
import { etcdClientUrl, etcdFiles } from './files.ts';

export interface EtcdArgs {
  readonly config: Pick<ClusterConfig, 'clusterName' | 'etcdVersion'>;
  /** The machines that run a member each, in a fixed order. */
  readonly members: readonly Machine[];
  /** The etcd authority's certificate, PEM. */
  readonly authority: pulumi.Input<string>;
  /** A member's certificates by its machine's name. */
  readonly certificates: (machine: string) => pulumi.Input<{ server: CertificatePair; peer: CertificatePair }>;
}

/** The etcd cluster: one member a machine, mutual TLS, verified before anyone is told where it is. */
export class Etcd extends pulumi.ComponentResource {
  /** Client URLs of all members, known only once the whole cluster answers. */
  readonly endpoints: pulumi.Output<string[]>;

  constructor(name: string, args: EtcdArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super(
      'hardway:etcd:Etcd',
      name,
      { version: args.config.etcdVersion, members: args.members.map((one) => one.name) },
      opts,
    );
    const members = args.members.map((machine) => ({ name: machine.name, address: machine.address }));
    const roles = rolling(args.members, (machine, after) => {
      const plan = pulumi
        .output({ authority: args.authority, certificates: args.certificates(machine.name) })
        .apply(({ authority, certificates }) =>
          etcdFiles({
            member: { name: machine.name, address: machine.address },
            members,
            clusterName: args.config.clusterName,
            version: args.config.etcdVersion,
            initialClusterState: 'new',
            caCertificatePem: authority,
            ...certificates,
          }),
        );
      return new RemoteRole(`${name}-${machine.name}`, { machine, role: 'etcd', plan, after }, { parent: this });
    });
    const first = args.members[0];
    if (!first) throw new Error('etcd needs at least one member');
    const gate = new Gate(
      `${name}-verified`,
      {
        machine: first,
        expects: `all ${members.length} etcd members answer`,
        condition: '. /etc/etcd/etcdctl.env; etcdctl --dial-timeout=1s --command-timeout=2s endpoint health --cluster',
        units: ['etcd.service'],
        watches: roles.map((role) => role.revision),
        after: roles,
      },
      { parent: this },
    );
    this.endpoints = gate.verified(members.map(etcdClientUrl));
    this.registerOutputs({ endpoints: this.endpoints });
  }
}
