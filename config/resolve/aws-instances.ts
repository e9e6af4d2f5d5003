/** What follows from the configuration of machines on AWS: types, disks, images. Pure. */
import { type AwsRole, awsArchitectures } from '../options/aws-schemas.ts';
import type { Settings } from '../options/index.ts';
import type { Role } from '../roles.ts';

/** Debian's account, which publishes its images (wiki.debian.org, Cloud/AmazonEC2Image). */
export const debianAccount = '136693071363';

/** The bastion's host name, which no machine may have. */
export const BASTION = 'bastion';

/** The images by name: one build each, so that the same config gives the same machine in every region and year. */
export const imageNames = {
  amd64: 'debian-12-amd64-20260923-2610',
  arm64: 'debian-12-arm64-20260210-2384',
} as const;

/** An architecture that there are images for. */
export type AwsArchitecture = (typeof awsArchitectures)[number];

/** An architecture as one that there are images for. @throws Error for others, which a rule refuses before. */
export function awsArchitecture(name: string): AwsArchitecture {
  const found = awsArchitectures.find((each) => each === name);
  if (found === undefined) throw new Error(`there are no images of Debian for ${name} on EC2`);
  return found;
}

const sizes = {
  loadBalancer: 'micro',
  etcd: 'small',
  controller: 'medium',
  worker: 'medium',
  bastion: 'micro',
} as const satisfies Record<AwsRole, string>;

const disks: Record<AwsRole, number> = { loadBalancer: 10, etcd: 20, controller: 30, worker: 40, bastion: 10 };

/** The instance type for a role on an architecture. */
export function instanceTypeOf(
  { awsInstanceTypes }: Pick<Settings, 'awsInstanceTypes'>,
  role: AwsRole,
  architecture: string,
): string {
  return awsInstanceTypes[role] ?? `${architecture === 'arm64' ? 't4g' : 't3'}.${sizes[role]}`;
}

/** The size of a role's disk, in GiB. */
export function diskOf({ awsDiskGiB }: Pick<Settings, 'awsDiskGiB'>, role: AwsRole): number {
  return awsDiskGiB[role] ?? disks[role];
}

/** The role that decides about type and disk: of a controller with etcd on it, the controller. */
export function leadingRole(roles: readonly Role[]): Role {
  const last = roles.at(-1);
  if (last === undefined) throw new Error('a machine without a role');
  return last;
}

/** The architecture of an instance type: the families with a g behind their generation (and a1) are Graviton's. */
export function architectureOfType(type: string): AwsArchitecture {
  const family = type.slice(0, type.indexOf('.'));
  return /^(a1|[a-z]+\d+[a-z]*g[a-z]*)$/.test(family) ? 'arm64' : 'amd64';
}
