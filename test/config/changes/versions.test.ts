import { describe, expect, it } from '@jest/globals';
import { refusedVersions } from '../../../config/changes/versions.ts';

const refused = (running: [string, string], wanted: [string, string]) =>
  refusedVersions(
    { kubernetes: running[0], etcd: running[1] },
    { kubernetesVersion: wanted[0], etcdVersion: wanted[1] },
  ).map(({ path, problem }) => `${path} ${problem}`);

describe('refusedVersions', () => {
  it.each<[string, string]>([
    ['1.36.4', '1.36.4'],
    ['1.36.3', '1.36.4'],
    ['1.36.4', '1.37.1'],
    ['1.9.9', '1.10.0'],
  ])('lets Kubernetes go from %s to %s', (before, after) => {
    expect(refused([before, '3.7.3'], [after, '3.7.3'])).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    ['1.37.1', '1.36.4', /is older than 1\.37\.1/],
    ['1.36.4', '1.36.3', /is older than 1\.36\.4/],
    ['1.10.0', '1.9.9', /is older than 1\.10\.0/],
    ['1.36.4', '1.38.0', /skips a minor version: the cluster runs 1\.36\.4, and only 1\.36 and 1\.37 can follow/],
    ['1.36.4', '2.0.0', /skips a minor version/],
  ])('refuses Kubernetes from %s to %s', (before, after, rule) => {
    const [said, ...more] = refused([before, '3.7.3'], [after, '3.7.3']);
    expect(said).toMatch(rule);
    expect(said).toMatch(/^hardway:kubernetesVersion/);
    expect(more).toEqual([]);
  });

  it('refuses an older etcd and a skipped one, together with what else is wrong', () => {
    expect(refused(['1.36.4', '3.7.3'], ['1.36.3', '3.6.14'])).toHaveLength(2);
    expect(refused(['1.36.4', '3.5.1'], ['1.36.4', '3.7.3'])).toHaveLength(1);
    expect(refused(['1.36.4', '3.6.14'], ['1.36.4', '3.7.3'])).toEqual([]);
  });

  it('refuses nothing where no update has finished yet', () => {
    expect(refusedVersions({}, { kubernetesVersion: '1.36.3', etcdVersion: '3.6.14' })).toEqual([]);
  });
});
