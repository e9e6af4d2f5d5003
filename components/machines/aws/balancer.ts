import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

/** A controller behind a network load balancer. */
export interface BalancerTarget {
  readonly name: string;
  readonly instanceId: pulumi.Input<string>;
}

export interface AwsBalancerArgs {
  /** Its Name tag. */
  readonly tag: string;
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** Its addresses in the subnets, for one inside the VPC; one that faces the internet has AWS's. */
  readonly addresses?: readonly string[];
  readonly group: pulumi.Input<string>;
  readonly controllers: readonly BalancerTarget[];
}

const API = 6443;

/** A network load balancer before the controllers. */
export class AwsBalancer extends pulumi.ComponentResource {
  readonly dnsName: pulumi.Output<string>;
  /** The zone that an alias of it names. */
  readonly zoneId: pulumi.Output<string>;

  constructor(name: string, args: AwsBalancerArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:machines:AwsBalancer', name, {}, opts);
    const parent = { parent: this };
    const { addresses } = args;
    const tags = { Name: args.tag };
    const balancer = new aws.lb.LoadBalancer(
      name,
      {
        loadBalancerType: 'network',
        internal: addresses !== undefined,
        subnetMappings: args.subnetIds.map((subnetId, index) => ({
          subnetId,
          ...(addresses === undefined ? {} : { privateIpv4Address: addresses[index] }),
        })),
        securityGroups: [args.group],
        // There may be fewer controllers than zones.
        enableCrossZoneLoadBalancing: true,
        tags,
      },
      parent,
    );
    const targets = new aws.lb.TargetGroup(
      name,
      {
        vpcId: args.vpcId,
        targetType: 'instance',
        protocol: 'TCP',
        port: API,
        // Inside, a controller comes back to itself through it, and a packet from its own address would be dropped.
        // From outside, the API server's audit log is to have the clients' own addresses.
        preserveClientIp: String(addresses === undefined),
        healthCheck: {
          protocol: 'HTTPS',
          port: String(API),
          path: '/readyz',
          matcher: '200',
          interval: 10,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
        tags,
      },
      parent,
    );
    new aws.lb.Listener(
      name,
      {
        loadBalancerArn: balancer.arn,
        protocol: 'TCP',
        port: API,
        defaultActions: [{ type: 'forward', targetGroupArn: targets.arn }],
        tags,
      },
      parent,
    );
    for (const { name: controller, instanceId } of args.controllers) {
      new aws.lb.TargetGroupAttachment(
        `${name}-${controller}`,
        { targetGroupArn: targets.arn, targetId: instanceId, port: API },
        parent,
      );
    }
    this.dnsName = balancer.dnsName;
    this.zoneId = balancer.zoneId;
    this.registerOutputs();
  }
}

export interface BalancerNameArgs {
  /** The name, and nothing else of its zone. */
  readonly host: string;
  readonly vpcId: pulumi.Input<string>;
  readonly balancer: AwsBalancer;
}

/** The name of the inner load balancer, known before it is made and answered in the VPC alone. */
export class BalancerName extends pulumi.ComponentResource {
  constructor(name: string, { host, vpcId, balancer }: BalancerNameArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:machines:BalancerName', name, {}, opts);
    const parent = { parent: this };
    const zone = new aws.route53.Zone(name, { name: host, vpcs: [{ vpcId }], comment: 'The Kubernetes API' }, parent);
    const alias = { name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: false };
    new aws.route53.Record(name, { zoneId: zone.zoneId, name: host, type: 'A', aliases: [alias] }, parent);
    this.registerOutputs();
  }
}
