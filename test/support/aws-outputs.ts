import type * as pulumi from '@pulumi/pulumi';

/** Invented outputs of AWS's resources: what is only known once they are there. */
export function awsOutputs({ type, name, inputs }: pulumi.runtime.MockResourceArgs): Record<string, unknown> {
  const own = { arn: `arn of ${name}`, name, ...inputs };
  switch (type) {
    case 'aws:ec2/instance:Instance':
      return { ...own, publicIp: `public address of ${name}`, primaryNetworkInterfaceId: `interface of ${name}` };
    case 'aws:ec2/eip:Eip':
      return { ...own, publicIp: `elastic address of ${name}`, allocationId: `${name}-id` };
    case 'aws:ec2/keyPair:KeyPair':
      return { ...own, keyName: name };
    case 'aws:lb/loadBalancer:LoadBalancer':
      return { ...own, dnsName: `${name}.elb.example.com`, zoneId: 'a zone of AWS' };
    case 'aws:route53/zone:Zone':
      return { ...own, zoneId: `zone of ${name}` };
    default:
      return own;
  }
}

/** The answers of the region's list of images: it has every one that is asked for. */
export function someImages({ inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
  const asked: string = inputs.filters[0].values[0];
  return { id: `image ${asked}`, architecture: asked.includes('arm64') ? 'arm64' : 'x86_64', ...inputs };
}
