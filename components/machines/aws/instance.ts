import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import * as tls from '@pulumi/tls';
import { cloudInit } from '../../../lib/format/cloud-init.ts';

/** What every instance of a cluster has in common. */
export interface AwsInstanceCommon {
  readonly clusterName: string;
  /** Name of the key pair whose private half the program logs in with. */
  readonly keyName: pulumi.Input<string>;
  /** Name of the instance profile. */
  readonly profile: pulumi.Input<string>;
}

export interface AwsInstanceArgs extends AwsInstanceCommon {
  /** Host name. */
  readonly hostName: string;
  /** What it does, for its tags. */
  readonly roles: string;
  readonly image: pulumi.Input<string>;
  readonly instanceType: string;
  /** Size of its one disk, in GiB. */
  readonly diskGiB: number;
  readonly subnetId: pulumi.Input<string>;
  /** Its address in the VPC. */
  readonly address: string;
  readonly groups: pulumi.Input<string>[];
  /** Whether it takes packets that are not its own: pods'. */
  readonly routesPods: boolean;
  /** Whether a changed image or first boot makes it anew. */
  readonly replaceOnImageChange: boolean;
}

/** One instance, with the host key that was made for it. */
export class AwsInstance extends pulumi.ComponentResource {
  readonly instance: aws.ec2.Instance;
  /** The host key, as authorized_keys has it. */
  readonly hostKey: pulumi.Output<string>;

  constructor(name: string, args: AwsInstanceArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:machines:AwsInstance', name, {}, opts);
    const key = new tls.PrivateKey(name, { algorithm: 'ED25519' }, { parent: this });
    this.hostKey = key.publicKeyOpenssh.apply((text) => text.trim());
    const tags = { Name: `${args.clusterName}-${args.hostName}` };
    this.instance = new aws.ec2.Instance(
      name,
      {
        ami: args.image,
        instanceType: args.instanceType,
        subnetId: args.subnetId,
        privateIp: args.address,
        vpcSecurityGroupIds: args.groups,
        // For the way out, in place of a NAT gateway; what comes in is for the security groups to say.
        associatePublicIpAddress: true,
        sourceDestCheck: !args.routesPods,
        keyName: args.keyName,
        iamInstanceProfile: args.profile,
        metadataOptions: {
          httpEndpoint: 'enabled',
          httpTokens: 'required',
          // A pod is one hop further away than this reaches: its packets pass through the machine.
          httpPutResponseHopLimit: 1,
        },
        rootBlockDevice: {
          volumeType: 'gp3',
          volumeSize: args.diskGiB,
          encrypted: true,
          deleteOnTermination: true,
          tags,
        },
        userDataBase64: pulumi.secret(
          pulumi
            .all([key.privateKeyOpenssh, this.hostKey])
            .apply(([privateKey, publicKey]) =>
              Buffer.from(cloudInit({ hostName: args.hostName, hostKey: { privateKey, publicKey } })).toString(
                'base64',
              ),
            ),
        ),
        userDataReplaceOnChange: true,
        tags: { ...tags, 'hardway:roles': args.roles },
      },
      {
        parent: this,
        // Two instances cannot have one address.
        deleteBeforeReplace: true,
        ignoreChanges: [
          // A stopped instance has no public address, so a refresh reads false, which would make it anew with its disk.
          'associatePublicIpAddress',
          // A machine that runs keeps its image: a newer pin is for new machines, unless it is asked to be one.
          ...(args.replaceOnImageChange ? [] : ['ami', 'userDataBase64']),
        ],
      },
    );
    this.registerOutputs();
  }
}
