/** Options of machines on AWS. */
import { z } from 'zod';
import { option } from './option.ts';
import { choice, cidr, count, flag, hostName, withMessages } from './schemas.ts';

/** The architectures that Debian's images for EC2 have, by Go's names. */
export const awsArchitectures = ['amd64', 'arm64'] as const;
/** What instances are for: the roles of machines, and the bastion. */
const awsRoles = ['loadBalancer', 'etcd', 'controller', 'worker', 'bastion'] as const;

/** What an instance is for. */
export type AwsRole = (typeof awsRoles)[number];

/** A region, or nothing. */
const regionOrEmpty = withMessages(z.string().regex(/^([a-z]{2,}(-[a-z]+)+-\d+)?$/), {
  rule: 'must be the name of an AWS region',
  fix: 'Write it like eu-central-1.',
});

/** How many ranges one thing may be opened to. */
export const mostRanges = 18;

/** Availability zones by name. */
const zones = withMessages(
  z
    .array(
      withMessages(z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d+[a-z]$/), {
        rule: 'must be the name of an availability zone: a region and a letter',
        fix: 'Write it like eu-central-1a.',
      }),
    )
    .max(3),
  { rule: 'must be a list of 2 or 3 availability zones', fix: 'Write it like [eu-central-1a, eu-central-1b].' },
);

/** Ranges that something is opened to. A group takes 60 rules, and one for node ports has three for each range. */
const openTo = withMessages(z.array(cidr).max(mostRanges), {
  rule: `must be a list of at most ${mostRanges} IPv4 ranges`,
  fix: 'Write it like [203.0.113.7/32].',
});

const ami = withMessages(z.string().regex(/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/), {
  rule: 'must be the id of an Amazon machine image',
  fix: 'Write it like ami-0123456789abcdef0, or leave the key out.',
});

/** Images by architecture. */
const amis = withMessages(z.strictObject({ amd64: ami.optional(), arm64: ami.optional() }), {
  rule: 'must be a mapping with any of the keys amd64 and arm64',
  fix: 'Write it like {amd64: ami-0123456789abcdef0}, or {} for the pinned images.',
});

const instanceType = withMessages(z.string().regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/), {
  rule: 'must be an instance type: a family, a dot and a size',
  fix: 'Write it like t3.medium, or leave the key out.',
});

const byRole = <S extends z.ZodType>(schema: S) =>
  z.strictObject({
    loadBalancer: schema.optional(),
    etcd: schema.optional(),
    controller: schema.optional(),
    worker: schema.optional(),
    bastion: schema.optional(),
  });

/** Instance types by role. */
const instanceTypes = withMessages(byRole(instanceType), {
  rule: `must be a mapping with any of the keys ${awsRoles.join(', ')}`,
  fix: 'Write it like {controller: t3.medium, worker: t3.large}.',
});

/** Sizes of disks by role. Debian's images take 8 GiB; a gp3 volume ends at 16 TiB. */
const disks = withMessages(byRole(count('GiB', 8, 16_384)), {
  rule: `must be a mapping with any of the keys ${awsRoles.join(', ')}`,
  fix: 'Write it like {controller: 30, worker: 40}.',
});

/** Names of machines. */
const machineNames = withMessages(z.array(hostName).max(50), {
  rule: 'must be a list of at most 50 names of machines',
  fix: 'Write it like [wrk01].',
});

/** What AWS takes for a tag's key and value in every service: IAM is the strictest. */
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** What the program says itself, and finds its things by. */
const ownTags = /^(name|hardway:.*)$/i;

function areTags(tags: Record<string, string>): boolean {
  const entries = Object.entries(tags);
  const isTag = ([key, value]: [string, string]): boolean =>
    key.length >= 1 &&
    key.length <= 128 &&
    !/^aws:/i.test(key) &&
    !ownTags.test(key) &&
    tagText.test(key) &&
    tagText.test(value);
  return entries.length <= 40 && entries.every((entry) => isTag(entry) && entry[1].length <= 256);
}

/** Tags of everything that is made. */
const tags = withMessages(z.record(z.string(), z.string()).refine(areTags), {
  rule: 'must be a mapping of at most 40 tags: keys of 1 to 128 characters that do not begin with "aws:" or "hardway:" and are not Name, texts of at most 256, of letters, digits, spaces and _.:/=+-@',
  fix: 'Write it like {owner: team-a, costs: "4711"}.',
});

const docs = 'https://docs.aws.amazon.com';
const ec2 = `${docs}/AWSEC2/latest/UserGuide`;
const vpc = `${docs}/vpc/latest/userguide`;

/** The keys of `machines: aws`. */
export const awsOptions = {
  awsRegion: option(
    regionOrEmpty,
    '',
    'With machines "aws": the region. Required. Credentials come from the environment, as for every AWS tool.',
    `${ec2}/using-regions-availability-zones.html`,
    { example: 'eu-central-1' },
  ),
  awsZones: option(
    zones,
    [],
    'With machines "aws": the availability zones, 2 or 3 of the region, a subnet each; machines are spread over them by the numbers in their names. Required: which letters an account has differs. Changing their number moves machines, which replaces them.',
    `${ec2}/using-regions-availability-zones.html`,
    { example: ['eu-central-1a', 'eu-central-1b'] },
  ),
  vpcCidr: option(
    cidr,
    '10.70.0.0/16',
    'With machines "aws": range of the VPC, from a /28 to a /16. With awsLoadBalancer "network" its end is used by the outer load balancer, a /28 per zone.',
    `${vpc}/vpc-cidr-blocks.html`,
  ),
  awsSubnetPrefixLength: option(
    count('bits', 16, 28),
    24,
    'With machines "aws": prefix length of the subnets, one a zone, in bits, 16 to 28, or to 27 with awsLoadBalancer "network". AWS keeps the first four addresses and the last of each.',
    `${vpc}/subnet-sizing.html`,
  ),
  awsAmis: option(
    amis,
    {},
    'With machines "aws": images by architecture, a mapping with any of amd64 and arm64, of Debian and for this region. {} for the ones of Debian itself, pinned by name.',
    'https://wiki.debian.org/Cloud/AmazonEC2Image',
    { example: { amd64: 'ami-0123456789abcdef0' } },
  ),
  awsReplaceOnAmiChange: option(
    machineNames,
    [],
    'With machines "aws": names of machines (or bastion) that are replaced when their image or first-boot configuration has changed. Others keep theirs. A replaced machine loses its disk: name one etcd member at a time.',
    'components/machines/aws/',
    { example: ['wrk01'] },
  ),
  awsInstanceTypes: option(
    instanceTypes,
    {},
    'With machines "aws": instance types, a mapping with any of loadBalancer, etcd, controller, worker and bastion. What is left out is t3.micro (loadBalancer, bastion), t3.small (etcd) or t3.medium; t4g in place of t3 where the architecture is arm64.',
    `${ec2}/instance-types.html`,
    { example: { worker: 'm6i.large' } },
  ),
  awsDiskGiB: option(
    disks,
    {},
    'With machines "aws": sizes of the encrypted gp3 disks in GiB, 8 to 16384, a mapping with the same keys. What is left out is 10 (loadBalancer, bastion), 20 (etcd), 30 (controller) or 40 (worker).',
    `${docs}/ebs/latest/userguide/general-purpose.html`,
    { example: { worker: 100 } },
  ),
  awsLoadBalancer: option(
    choice(['machine', 'network']),
    'machine',
    'With machines "aws": the load balancer in front of the controllers: "machine" is nginx on the one machine of loadBalancers, or the first controller itself; "network" is a network load balancer of AWS, with loadBalancers [].',
    `${docs}/elasticloadbalancing/latest/network/introduction.html`,
    { example: 'network' },
  ),
  awsApiCidrs: option(
    openTo,
    [],
    'With machines "aws": which ranges outside the cluster reach the API, like [203.0.113.7/32]. Required; the machine that runs hardway must be in one.',
    `${vpc}/vpc-security-groups.html`,
    { example: ['203.0.113.7/32'] },
  ),
  awsSshAccess: option(
    choice(['bastion', 'direct', 'private']),
    'bastion',
    'With machines "aws": how the program logs in: "bastion" over one small machine that alone takes port 22 from awsSshCidrs; "direct" to each machine; "private" from inside the VPC or a network joined to it, with no port 22 open to the outside.',
    'components/machines/aws/',
    { example: 'direct' },
  ),
  awsSshCidrs: option(
    openTo,
    [],
    'With machines "aws": which ranges reach port 22, like [203.0.113.7/32]. Required; the machine that runs hardway must be in one.',
    `${vpc}/vpc-security-groups.html`,
    { example: ['203.0.113.7/32'] },
  ),
  awsNodePortCidrs: option(
    openTo,
    [],
    'With machines "aws": which ranges outside the cluster reach services of type NodePort. Empty: none.',
    `${vpc}/vpc-security-groups.html`,
    { example: ['203.0.113.0/24'] },
  ),
  awsSessionManager: option(
    flag,
    false,
    'With machines "aws": whether the machines may talk to Systems Manager (the managed policy AmazonSSMManagedInstanceCore). Its agent is not in the images of Debian and is not installed.',
    `${docs}/systems-manager/latest/userguide/session-manager.html`,
    { example: true },
  ),
  awsTags: option(
    tags,
    {},
    'With machines "aws": tags of everything that is created, a mapping of at most 40, in addition to Name, hardway:cluster and hardway:stack.',
    `${ec2}/Using_Tags.html`,
    { example: { team: 'platform' } },
  ),
} as const;
