import { describe, expect, it } from '@jest/globals';
import { architectureOfType, diskOf, imageNames, instanceTypeOf } from '../../../config/resolve/aws-instances.ts';

describe('instance types', () => {
  it.each([
    't4g.micro',
    'm6g.large',
    'c7gn.xlarge',
    'm7gd.medium',
    'im4gn.large',
    'is4gen.large',
    'x2gd.large',
    'a1.medium',
    'g5g.xlarge',
    'hpc7g.4xlarge',
  ])('%s is arm64', (type) => expect(architectureOfType(type)).toBe('arm64'));

  it.each([
    't3.micro',
    't3a.large',
    'm5.large',
    'g4dn.xlarge',
    'c6i.large',
    'm7i-flex.large',
    'p4d.24xlarge',
    'u7i-12tb.224xlarge',
    'trn1.2xlarge',
  ])('%s is amd64', (type) => expect(architectureOfType(type)).toBe('amd64'));

  it('are small where the config says none, of the right architecture', () => {
    expect(instanceTypeOf({ awsInstanceTypes: {} }, 'controller', 'amd64')).toBe('t3.medium');
    expect(instanceTypeOf({ awsInstanceTypes: {} }, 'bastion', 'arm64')).toBe('t4g.micro');
    expect(instanceTypeOf({ awsInstanceTypes: { worker: 'm6i.large' } }, 'worker', 'amd64')).toBe('m6i.large');
    expect([diskOf({ awsDiskGiB: {} }, 'etcd'), diskOf({ awsDiskGiB: { etcd: 50 } }, 'etcd')]).toEqual([20, 50]);
  });

  it('come with an image for each architecture', () => {
    for (const [architecture, name] of Object.entries(imageNames))
      expect(name).toMatch(new RegExp(`^debian-\\d+-${architecture}-\\d{8}-\\d+$`));
  });
});
