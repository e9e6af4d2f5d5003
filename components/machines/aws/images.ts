import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import {
  type AwsArchitecture,
  awsArchitecture,
  debianAccount,
  imageNames,
} from '../../../config/resolve/aws-instances.ts';
import type { ClusterConfig } from '../../../config/schema.ts';

/** Architectures as EC2 calls them. */
const ec2Names = { amd64: 'x86_64', arm64: 'arm64' } as const;

/** Ids of images by architecture. */
export type Images = ReadonlyMap<string, string>;

type ImageConfig = Pick<ClusterConfig, 'awsRegion' | 'awsAmis' | 'awsSshAccess' | 'architecture' | 'machinesList'>;

/** The architectures that machines of the cluster have, the bastion among them. */
function architecturesOf({ machinesList, awsSshAccess, architecture }: ImageConfig): AwsArchitecture[] {
  const ofMachines = machinesList.map((machine) => machine.architecture);
  return [...new Set([...ofMachines, ...(awsSshAccess === 'bastion' ? [architecture] : [])])].map(awsArchitecture);
}

async function find(config: ImageConfig, architecture: AwsArchitecture, provider: aws.Provider): Promise<string> {
  const own = config.awsAmis[architecture];
  const what = own ?? `${imageNames[architecture]} of Debian's account ${debianAccount}`;
  const owned = { owners: [debianAccount], filters: [{ name: 'name', values: [imageNames[architecture]] }] };
  const said = { filters: [{ name: 'image-id', values: [own ?? ''] }] };
  // Images count as deprecated two years after they were made; a pinned one is wanted all the same.
  const asked = { ...(own === undefined ? owned : said), includeDeprecated: true };
  const image = await aws.ec2.getAmi(asked, { provider }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new pulumi.RunError(
      `the image of ${architecture} machines, ${what}, was not found in ${config.awsRegion}; nothing was changed. ` +
        `AWS said: ${reason.trim()}. Next: see that the credentials are those of the account you mean; if the image is ` +
        `gone or this region lacks it, name any of Debian 12 in hardway:awsAmis (${architecture}): machines that run ` +
        'keep theirs, whatever is named. Or choose another hardway:awsRegion.',
    );
  });
  if (image.architecture === ec2Names[architecture]) return image.id;
  throw new pulumi.RunError(
    `the image ${image.id} in hardway:awsAmis.${architecture} is one of architecture ${image.architecture}, not of ` +
      `${ec2Names[architecture]}; nothing was changed. Next: name an image for ${architecture} machines.`,
  );
}

/**
 * The images of the cluster's machines: those the config names, else Debian's, each by the name of one build.
 *
 * @throws RunError when the region has one of them not, before anything is made
 */
export async function findImages(config: ImageConfig, provider: aws.Provider): Promise<Images> {
  const found = architecturesOf(config).map(async (each) => [each, await find(config, each, provider)] as const);
  return new Map(await Promise.all(found));
}
