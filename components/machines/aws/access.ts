import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import * as tls from '@pulumi/tls';
import type { ClusterConfig } from '../../../config/schema.ts';
import type { AwsInstanceCommon } from './instance.ts';

export interface AwsAccessArgs {
  readonly config: Pick<ClusterConfig, 'clusterName' | 'awsRegion' | 'awsSessionManager'>;
}

/** The parts of AWS that keep their names apart. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Who may log in to the instances, and what these may do at AWS: nothing, unless Session Manager is wanted. */
export class AwsAccess extends pulumi.ComponentResource implements AwsInstanceCommon {
  readonly clusterName: string;
  readonly keyName: pulumi.Output<string>;
  readonly profile: pulumi.Output<string>;
  /** The private key to log in with; a secret. */
  readonly privateKey: pulumi.Output<string>;

  constructor(name: string, { config }: AwsAccessArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:machines:AwsAccess', name, {}, opts);
    const parent = { parent: this };
    const key = new tls.PrivateKey(name, { algorithm: 'ED25519' }, parent);
    const publicKey = key.publicKeyOpenssh.apply((text) => text.trim());
    const pair = new aws.ec2.KeyPair(name, { publicKey, tags: { Name: config.clusterName } }, parent);
    const role = new aws.iam.Role(
      name,
      {
        description: `Machines of the cluster ${config.clusterName}`,
        assumeRolePolicy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        }),
      },
      parent,
    );
    if (config.awsSessionManager) {
      const policyArn = `arn:${partitionOf(config.awsRegion)}:iam::aws:policy/AmazonSSMManagedInstanceCore`;
      new aws.iam.RolePolicyAttachment(`${name}-session-manager`, { role: role.name, policyArn }, parent);
    }
    const profile = new aws.iam.InstanceProfile(name, { role: role.name }, parent);
    this.clusterName = config.clusterName;
    this.keyName = pair.keyName;
    this.profile = profile.name;
    this.privateKey = key.privateKeyOpenssh;
    this.registerOutputs();
  }
}
