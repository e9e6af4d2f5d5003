import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig, MachineSpec } from '../../../config/schema.ts';
import { egressRules, type GroupName, type GroupRule, groupsOf, hasPorts, ingressRules } from './ingress.ts';

export interface AwsSecurityArgs {
  readonly config: ClusterConfig;
  readonly vpcId: pulumi.Input<string>;
}

const purposes: Record<GroupName, string> = {
  machine: 'Every machine of the cluster',
  loadBalancer: 'Load balancers of the API',
  etcd: 'Members of etcd',
  controller: 'Controllers',
  node: 'Machines that run pods',
  bastion: 'The bastion that logins pass through',
  balancer: 'Network load balancer of the API inside the VPC',
  publicBalancer: 'Network load balancer of the API for clients outside',
};

/** What sets a rule apart from the others of its group: ports and peer. */
function ruleName(rule: GroupRule): string {
  const { group, protocol, first, last, peer } = rule;
  const range = first === last ? `${first}` : `${first}-${last}`;
  const ports = protocol === '-1' ? 'all' : hasPorts(rule) ? `${protocol}-${range}` : `protocol-${protocol}`;
  return `${group}-${ports}-${'group' in peer ? peer.group : peer.cidr.replace('/', '-')}`;
}

/** The security groups, one for each duty of a machine, and their rules. */
export class AwsSecurity extends pulumi.ComponentResource {
  readonly #groups: ReadonlyMap<GroupName, aws.ec2.SecurityGroup>;

  constructor(name: string, { config, vpcId }: AwsSecurityArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:machines:AwsSecurity', name, {}, opts);
    this.#groups = new Map(
      groupsOf(config).map((group) => [
        group,
        new aws.ec2.SecurityGroup(
          `${name}-${group}`,
          { vpcId, description: purposes[group], tags: { Name: `${config.clusterName}-${group}` } },
          { parent: this },
        ),
      ]),
    );
    for (const rule of ingressRules(config)) {
      const ruled = `${name}-in-${ruleName(rule)}`;
      new aws.vpc.SecurityGroupIngressRule(ruled, this.#rule(rule), { parent: this });
    }
    for (const rule of egressRules(config)) {
      const ruled = `${name}-out-${ruleName(rule)}`;
      new aws.vpc.SecurityGroupEgressRule(ruled, this.#rule(rule), { parent: this });
    }
    this.registerOutputs();
  }

  /** The id of a group. @throws Error when the config needs none of that name. */
  id(group: GroupName): pulumi.Output<string> {
    const found = this.#groups.get(group);
    if (!found) throw new Error(`there is no security group ${group}`);
    return found.id;
  }

  /** The groups of a machine: every machine's, and one for each thing it does. */
  idsOf({ roles, isNode }: Pick<MachineSpec, 'roles' | 'isNode'>): pulumi.Output<string>[] {
    const duties = roles.filter((role) => role !== 'worker');
    return (['machine', ...duties, ...(isNode ? (['node'] as const) : [])] as const).map((group) => this.id(group));
  }

  #rule(rule: GroupRule): aws.vpc.SecurityGroupIngressRuleArgs {
    const { group, service, protocol, first, last, peer } = rule;
    return {
      securityGroupId: this.id(group),
      description: service,
      ipProtocol: protocol,
      ...(hasPorts(rule) ? { fromPort: first, toPort: last } : {}),
      ...('group' in peer ? { referencedSecurityGroupId: this.id(peer.group) } : { cidrIpv4: peer.cidr }),
    };
  }
}
