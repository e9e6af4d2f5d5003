import { describe, expect, it } from '@jest/globals';
import { diskFault } from '../../lab/disk.ts';
import { imageTar, parseImage } from '../../lab/mirror.ts';

describe('parseImage', () => {
  it.each([
    ['registry.k8s.io/pause:3.10.1', 'registry.k8s.io', 'pause', '3.10.1'],
    ['registry.k8s.io/coredns/coredns:v1.14.7', 'registry.k8s.io', 'coredns/coredns', 'v1.14.7'],
    ['localhost:5000/a/b:1', 'localhost:5000', 'a/b', '1'],
  ])('%s', (reference, registry, repository, tag) => {
    expect(parseImage(reference)).toEqual({ registry, repository, tag });
  });

  it.each(['pause', 'pause:3', 'registry.k8s.io/pause', 'registry.k8s.io/Pause:1', '-x/pause:1'])(
    'refuses %s',
    (reference) => {
      expect(() => parseImage(reference)).toThrow(`"${reference}" is not an image`);
    },
  );
});

describe('imageTar', () => {
  it('is where the toolchain puts it', () => {
    const image = parseImage('registry.k8s.io/coredns/coredns:v1.14.7');
    expect(imageTar(image, '/cache/images')).toBe('/cache/images/registry.k8s.io/coredns/coredns_v1.14.7.tar');
  });
});

describe('diskFault', () => {
  const gibibyte = 1024 ** 3;

  it('is silent while there is room', () => {
    expect(diskFault('/docker', 10 * gibibyte, 5)).toBeUndefined();
  });

  it('says what there is and what it takes', () => {
    expect(diskFault('/docker', 3 * gibibyte, 5)).toContain('/docker has 3.0 GiB free; 5 machines need 10.0 GiB');
  });
});
