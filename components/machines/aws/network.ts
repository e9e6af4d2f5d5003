import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { AwsSubnet } from '../../../config/derive-aws.ts';

export interface AwsNetworkArgs {
  readonly clusterName: string;
  readonly vpcCidr: string;
  readonly subnets: readonly AwsSubnet[];
}

/** A VPC with a subnet in each zone, all of them with a way out. */
export class AwsNetwork extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** The route table of every subnet: what leaves the VPC, and what goes to pods. */
  readonly routeTableId: pulumi.Output<string>;
  /** The ids of the subnets, in the order of the zones. */
  readonly subnetIds: readonly pulumi.Output<string>[];

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
    this.vpcId = vpc.id;
    this.routeTableId = table.id;
    this.subnetIds = args.subnets.map(({ zone, cidr }) => {
      const subnet = new aws.ec2.Subnet(
        `${name}-${zone}`,
        {
          vpcId: vpc.id,
          availabilityZone: zone,
          cidrBlock: cidr,
          // Each machine says for itself that it has a public address.
          mapPublicIpOnLaunch: false,
          tags: { Name: `${args.clusterName}-${zone}` },
        },
        parent,
      );
      new aws.ec2.RouteTableAssociation(`${name}-${zone}`, { routeTableId: table.id, subnetId: subnet.id }, parent);
      return subnet.id;
    });
    this.registerOutputs();
  }

  /** The id of a subnet by its place in the order of the zones. */
  subnetId(index: number): pulumi.Output<string> {
    const id = this.subnetIds[index];
    if (!id) throw new Error(`there is no subnet number ${index}`);
    return id;
  }
}
