import { describe, expect, it } from '@jest/globals';
import { factsFrom, missingCapabilities } from '../../lab/facts.ts';

const everything = 'Name:\tnode\nCapBnd:\t000001ffffffffff\n';
const withoutSysResource = 'Name:\tnode\nCapBnd:\t000001fffeffffff\n';

describe('missingCapabilities', () => {
  it('names nothing where the host has all', () => {
    expect(missingCapabilities(everything)).toEqual([]);
  });

  it('names the one that is missing', () => {
    expect(missingCapabilities(withoutSysResource)).toEqual(['SYS_RESOURCE']);
  });

  it('names several, in the order of their bits', () => {
    expect(missingCapabilities('CapBnd:\t000001fffffefffe\n')).toEqual(['CHOWN', 'SYS_MODULE']);
  });

  it('assumes all where the kernel does not say', () => {
    expect(missingCapabilities('Name:\tnode\n')).toEqual([]);
  });
});

describe('factsFrom', () => {
  it('reads a host without CAP_SYS_RESOURCE on cgroup v1', () => {
    expect(factsFrom({ status: withoutSysResource, unifiedCgroups: false, release: '6.18.44-fc-v657' })).toEqual({
      sysResource: false,
      cgroupVersion: 1,
      cgroupDriver: 'cgroupfs',
      kernel: '6.18.44',
    });
  });

  it('reads an ordinary host on cgroup v2', () => {
    expect(factsFrom({ status: everything, unifiedCgroups: true, release: '6.1.0-37-amd64' })).toEqual({
      sysResource: true,
      cgroupVersion: 2,
      cgroupDriver: 'systemd',
      kernel: '6.1.0',
    });
  });
});

describe('a status without a bounding set', () => {
  it('is taken for one without CAP_SYS_RESOURCE', () => {
    expect(factsFrom({ status: '', unifiedCgroups: true, release: '6.1.0' }).sysResource).toBe(false);
  });
});
