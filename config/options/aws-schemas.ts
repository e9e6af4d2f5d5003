/** The kinds of values that say what is made on AWS. */
import { z } from 'zod';
import { cidr, count, hostName, withMessages } from './schemas.ts';

/** The architectures that Debian's images for EC2 have, by Go's names. */
export const awsArchitectures = ['amd64', 'arm64'] as const;
/** What instances are for: the roles of machines, and the bastion. */
const awsRoles = ['loadBalancer', 'etcd', 'controller', 'worker', 'bastion'] as const;

/** What an instance is for. */
export type AwsRole = (typeof awsRoles)[number];

/** A region, or nothing. */
export const regionOrEmpty = withMessages(z.string().regex(/^([a-z]{2,}(-[a-z]+)+-\d+)?$/), {
  rule: 'must be the name of an AWS region',
  fix: 'Write it like eu-central-1.',
});

/** How many ranges one thing may be opened to. */
export const mostRanges = 18;

/** Availability zones by name. */
export const zones = withMessages(
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
export const openTo = withMessages(z.array(cidr).max(mostRanges), {
  rule: `must be a list of at most ${mostRanges} IPv4 ranges`,
  fix: 'Write it like [203.0.113.7/32].',
});

const ami = withMessages(z.string().regex(/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/), {
  rule: 'must be the id of an Amazon machine image',
  fix: 'Write it like ami-0123456789abcdef0, or leave the key out.',
});

/** Images by architecture. */
export const amis = withMessages(z.strictObject({ amd64: ami.optional(), arm64: ami.optional() }), {
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
export const instanceTypes = withMessages(byRole(instanceType), {
  rule: `must be a mapping with any of the keys ${awsRoles.join(', ')}`,
  fix: 'Write it like {controller: t3.medium, worker: t3.large}.',
});

/** Sizes of disks by role. Debian's images take 8 GiB; a gp3 volume ends at 16 TiB. */
export const disks = withMessages(byRole(count('GiB', 8, 16_384)), {
  rule: `must be a mapping with any of the keys ${awsRoles.join(', ')}`,
  fix: 'Write it like {controller: 30, worker: 40}.',
});

/** Names of machines. */
export const machineNames = withMessages(z.array(hostName).max(50), {
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
export const tags = withMessages(z.record(z.string(), z.string()).refine(areTags), {
  rule: 'must be a mapping of at most 40 tags: keys of 1 to 128 characters that do not begin with "aws:" or "hardway:" and are not Name, texts of at most 256, of letters, digits, blanks and _.:/=+-@',
  fix: 'Write it like {owner: team-a, costs: "4711"}.',
});
