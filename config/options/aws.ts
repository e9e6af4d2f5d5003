/** The configuration keys of machines on AWS. Part of the table in `config/options/index.ts`. */
import * as aws from './aws-schemas.ts';
import { option } from './option.ts';
import * as kind from './schemas.ts';

const docs = 'https://docs.aws.amazon.com';
const ec2 = `${docs}/AWSEC2/latest/UserGuide`;
const vpc = `${docs}/vpc/latest/userguide`;

/** The keys of `machines: aws`. */
export const awsOptions = {
  awsRegion: option(
    aws.regionOrEmpty,
    '',
    'With machines "aws": the region. It must be said. Credentials come from the environment, as every AWS tool takes them.',
    `${ec2}/using-regions-availability-zones.html`,
  ),
  awsZones: option(
    aws.zones,
    [],
    'With machines "aws": the availability zones, 2 or 3 of the region, a subnet each; machines are spread over them by the numbers of their names. It must be said: which letters an account has differs. Changing their number moves machines, which makes them anew.',
    `${ec2}/using-regions-availability-zones.html`,
  ),
  vpcCidr: option(
    kind.cidr,
    '10.70.0.0/16',
    'With machines "aws": range of the VPC, from a /28 to a /16. Its end is for the outer load balancer with awsLoadBalancer "network", a /28 a zone.',
    `${vpc}/vpc-cidr-blocks.html`,
  ),
  awsSubnetPrefixLength: option(
    kind.count('bits', 16, 28),
    24,
    'With machines "aws": prefix length of the subnets, one a zone, in bits, 16 to 28, or to 27 with awsLoadBalancer "network". AWS keeps the first four addresses and the last of each.',
    `${vpc}/subnet-sizing.html`,
  ),
  awsAmis: option(
    aws.amis,
    {},
    'With machines "aws": images by architecture, a mapping with any of amd64 and arm64, of Debian and for this region. {} for the ones of Debian itself, pinned by name.',
    'https://wiki.debian.org/Cloud/AmazonEC2Image',
  ),
  awsReplaceOnAmiChange: option(
    aws.machineNames,
    [],
    'With machines "aws": names of machines (or bastion) that are made anew when their image or what they get at first boot has changed. Others keep theirs. With their disks they lose all that is on them: name one etcd member at a time.',
    'components/machines/aws/',
  ),
  awsInstanceTypes: option(
    aws.instanceTypes,
    {},
    'With machines "aws": instance types, a mapping with any of loadBalancer, etcd, controller, worker and bastion. What is left out is t3.micro (loadBalancer, bastion), t3.small (etcd) or t3.medium; t4g in place of t3 where the architecture is arm64.',
    `${ec2}/instance-types.html`,
  ),
  awsDiskGiB: option(
    aws.disks,
    {},
    'With machines "aws": sizes of the encrypted gp3 disks in GiB, 8 to 16384, a mapping with the same keys. What is left out is 10 (loadBalancer, bastion), 20 (etcd), 30 (controller) or 40 (worker).',
    `${docs}/ebs/latest/userguide/general-purpose.html`,
  ),
  awsLoadBalancer: option(
    kind.choice(['machine', 'network']),
    'machine',
    'With machines "aws": what stands in front of the controllers: "machine" is nginx on the one machine of loadBalancers, or the first controller itself; "network" is a network load balancer of AWS, with loadBalancers [].',
    `${docs}/elasticloadbalancing/latest/network/introduction.html`,
  ),
  awsApiCidrs: option(
    aws.openTo,
    [],
    'With machines "aws": who outside the cluster reaches the API, ranges like [203.0.113.7/32]. The program must be among them; there is no default.',
    `${vpc}/vpc-security-groups.html`,
  ),
  awsSshAccess: option(
    kind.choice(['bastion', 'direct', 'private']),
    'bastion',
    'With machines "aws": how the program logs in: "bastion" over one small machine that alone takes port 22 from awsSshCidrs; "direct" to each machine; "private" from inside the VPC or a network joined to it, with no port 22 open to the outside.',
    'components/machines/aws/',
  ),
  awsSshCidrs: option(
    aws.openTo,
    [],
    'With machines "aws": from where port 22 is reached, ranges like [203.0.113.7/32]. The program must be among them; there is no default.',
    `${vpc}/vpc-security-groups.html`,
  ),
  awsNodePortCidrs: option(
    aws.openTo,
    [],
    'With machines "aws": who outside the cluster reaches services of type NodePort. Empty for nobody.',
    `${vpc}/vpc-security-groups.html`,
  ),
  awsSessionManager: option(
    kind.flag,
    false,
    'With machines "aws": whether the machines may talk to Systems Manager (the managed policy AmazonSSMManagedInstanceCore). Its agent is not in the images of Debian and is not installed.',
    `${docs}/systems-manager/latest/userguide/session-manager.html`,
  ),
  awsTags: option(
    aws.tags,
    {},
    'With machines "aws": tags of everything that is made, a mapping of at most 40, beside Name, hardway:cluster and hardway:stack.',
    `${ec2}/Using_Tags.html`,
  ),
} as const;
