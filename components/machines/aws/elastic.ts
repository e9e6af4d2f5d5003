import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

export interface ElasticAddressArgs {
  /** Its Name tag. */
  readonly tag: string;
  readonly instanceId: pulumi.Input<string>;
  /** What must be there before the internet can come in by it. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/** An address that stays when its instance is stopped, or another takes its place. */
export class ElasticAddress extends pulumi.ComponentResource {
  /** The address, known before the instance is there. */
  readonly address: pulumi.Output<string>;
  /** The address once it leads to the instance. */
  readonly attached: pulumi.Output<string>;

  constructor(name: string, args: ElasticAddressArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:machines:ElasticAddress', name, {}, opts);
    const eip = new aws.ec2.Eip(name, { domain: 'vpc', tags: { Name: args.tag } }, { parent: this });
    const association = new aws.ec2.EipAssociation(
      name,
      { allocationId: eip.id, instanceId: args.instanceId },
      { parent: this, dependsOn: [...args.dependsOn] },
    );
    this.address = eip.publicIp;
    this.attached = pulumi.all([eip.publicIp, association.id]).apply(([address]) => address);
    this.registerOutputs();
  }
}
