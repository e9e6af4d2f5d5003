import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { AwsSubnet } from '../../../config/resolve/aws.ts';

export interface AwsNetworkArgs {
  readonly clusterName: string;
  readonly vpcCidr: string;
  readonly subnets: readonly AwsSubnet[];
  /** Those of the load balancer for clients outside. */
  readonly outerSubnets: readonly AwsSubnet[];
}

/** A VPC with a subnet in each zone, all of them with a way out. */
export class AwsNetwork extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** The route table of every subnet: what leaves the VPC, and what goes to pods. */
  readonly routeTableId: pulumi.Output<string>;
  /** The ids of the subnets, in the order of the zones. */
  readonly subnetIds: readonly pulumi.Output<string>[];
  /** The ids of the subnets of the load balancer for clients outside, likewise. */
  readonly outerSubnetIds: readonly pulumi.Output<string>[];

  constructor(name: string, args: AwsNetworkArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:machines:AwsNetwork', name, {}, opts);
    const parent = { parent: this };
    const tags = { Name: args.clusterName };
    const vpc = new aws.ec2.Vpc(
      name,
      { cidrBlock: args.vpcCidr, enableDnsSupport: true, enableDnsHostnames: true, tags },
      parent,
    );
    const gateway = new aws.ec2.InternetGateway(name, { vpcId: vpc.id, tags }, parent);
    const table = new aws.ec2.RouteTable(name, { vpcId: vpc.id, tags }, parent);
    new aws.ec2.Route(
      `${name}-out`,
      { routeTableId: table.id, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.id },
      parent,
    );
    // Nothing here is in it; taken over without rules, it lets through nothing of what others put there by mistake.
    new aws.ec2.DefaultSecurityGroup(name, { vpcId: vpc.id, ingress: [], egress: [], tags }, parent);
    this.vpcId = vpc.id;
    this.routeTableId = table.id;
    const made = (place: string, { zone, cidr }: AwsSubnet): pulumi.Output<string> => {
      const subnet = new aws.ec2.Subnet(
        `${name}-${place}`,
        {
          vpcId: vpc.id,
          availabilityZone: zone,
          cidrBlock: cidr,
          // Each machine says for itself that it has a public address.
          mapPublicIpOnLaunch: false,
          tags: { Name: `${args.clusterName}-${place}` },
        },
        parent,
      );
      new aws.ec2.RouteTableAssociation(`${name}-${place}`, { routeTableId: table.id, subnetId: subnet.id }, parent);
      return subnet.id;
    };
    this.subnetIds = args.subnets.map((subnet) => made(subnet.zone, subnet));
    this.outerSubnetIds = args.outerSubnets.map((subnet) => made(`outside-${subnet.zone}`, subnet));
    this.registerOutputs();
  }

  /** The id of a subnet by its place in the order of the zones. */
  subnetId(index: number): pulumi.Output<string> {
    const id = this.subnetIds[index];
    if (!id) throw new Error(`there is no subnet number ${index}`);
    return id;
  }
}
