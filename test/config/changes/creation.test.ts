import { describe, expect, it } from '@jest/globals';
import {
  creationSettings,
  RefusedChangeError,
  refuseChanges,
  type StandingCluster,
  standingFrom,
} from '../../../config/changes/index.ts';
import { resolved } from '../support.ts';

const base = { labSubnet: '10.77.0.0/24', cni: 'bridge' };
const created = creationSettings(resolved(base));
const refusals = (
  settings: Record<string, unknown>,
  standing: StandingCluster = { created, versions: {} },
  stack = 'test',
): string[] => {
  try {
    refuseChanges(standing, resolved({ ...base, ...settings }, stack));
    return [];
  } catch (error) {
    if (error instanceof RefusedChangeError) return error.errors.map(({ path }) => path);
    throw error;
  }
};

describe('what a cluster was created with', () => {
  it.each<[string, Record<string, unknown>]>([
    ['clusterName', { clusterName: 'other' }],
    ['clusterDomain', { clusterDomain: 'example.internal' }],
    ['podCidr', { podCidr: '10.201.0.0/16' }],
    ['podCidrPrefixLength', { podCidrPrefixLength: 25 }],
    ['dnsServiceAddress', { dnsServiceAddress: '10.32.0.53' }],
    ['cni', { cni: 'weave' }],
    ['labName', { labName: 'other' }],
    ['encryptionProvider', { encryptionProvider: 'secretbox' }],
  ])('cannot be changed: %s to %j', (key, change) => {
    expect(refusals(change)).toEqual([`hardway:${key}`]);
  });

  it('is refused for every reason at once, with the value, the reason and the two ways on', () => {
    const change = { serviceCidr: '10.40.0.0/24', labSubnet: '10.78.0.0/24', clusterName: 'other' };
    expect(refusals(change)).toEqual(
      ['clusterName', 'serviceCidr', 'dnsServiceAddress', 'labSubnet'].map((key) => `hardway:${key}`),
    );
    expect(() => refuseChanges({ created, versions: {} }, resolved({ ...base, clusterName: 'other' }))).toThrow(
      'stack test: one change cannot be made to a cluster that exists; nothing was changed:\n' +
        'hardway:clusterName = "other" cannot be changed: the cluster was created with "hardway", which is in the tokens, the ' +
        'kubeconfigs and the names of the certificate authorities. Fix: Set it back to "hardway", or create a second stack with the ' +
        'new value, move the workloads there and remove this one, or remove this cluster and create it again ' +
        '(make down STACK=test CONFIRM=test, make up STACK=test: everything in it is lost).',
    );
  });

  it.each<[string, Record<string, unknown>]>([
    ['nothing', {}],
    ['workers', { workers: ['wrk01', 'wrk02', 'wrk03'] }],
    ['load balancers', { loadBalancers: ['kubelb', 'lb02'] }],
    [
      'certificates',
      { certificateKeyAlgorithm: 'RSA-2048', certificateValidityHours: 100, certificateRenewalHours: 10 },
    ],
    ['members in another order', { controllers: ['ctl02', 'ctl01'], labSubnet: '10.77.0.0/24' }],
  ])('lets %s change', (_, change) => {
    const addresses = {
      controllers: [
        { name: 'ctl01', address: '10.77.0.20' },
        { name: 'ctl02', address: '10.77.0.21' },
      ],
    };
    const order = 'controllers' in change ? { controllers: [...addresses.controllers].reverse() } : {};
    expect(refusals({ ...change, ...order })).toEqual([]);
  });

  it('refuses a renamed stack whose lab would get another name', () => {
    expect(refusals({}, { created, versions: {} }, 'renamed')).toEqual(['hardway:labName']);
    expect(refusals({ labName: 'hardway-test' }, { created, versions: {} }, 'renamed')).toEqual([]);
  });
});

describe('standingFrom', () => {
  const outputs = {
    clusterName: 'hardway',
    serviceCidr: '10.32.0.0/24',
    podNetwork: { name: 'bridge', enforcesPolicies: false },
    machineSource: 'lab',
    machines: [
      { name: 'ctl02', roles: ['controller', 'etcd'], address: '10.77.0.21' },
      { name: 'ctl01', roles: ['controller', 'etcd'], address: '10.77.0.20' },
      { name: 'wrk01', roles: ['worker', 'node'], address: '10.77.0.100' },
    ],
  };

  it('reads the outputs of stacks without a record, so that their clusters are kept too', () => {
    const standing = standingFrom(outputs);
    expect(refusals({}, standing)).toEqual([]);
    expect(refusals({ controllers: ['ctl01'], cni: 'weave', serviceCidr: '10.40.0.0/24' }, standing)).toEqual([
      'hardway:serviceCidr',
      'hardway:cni',
      'hardway:controllers',
    ]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['grow', { controllers: ['ctl01', 'ctl02', 'ctl03', 'ctl04', 'ctl05'] }, []],
    ['shrink', { controllers: ['ctl02'] }, []],
    ['are replaced but for one', { controllers: ['ctl03', 'ctl02'] }, []],
    ['move to machines of their own', { etcdMembers: ['etcd1', 'etcd2', 'etcd3'] }, ['hardway:etcdMembers']],
    ['are all replaced', { controllers: ['ctl03', 'ctl04'] }, ['hardway:controllers']],
    [
      'get other addresses',
      {
        controllers: [
          { name: 'ctl01', address: '10.77.0.98' },
          { name: 'ctl02', address: '10.77.0.99' },
        ],
      },
      ['hardway:controllers'],
    ],
  ])('etcd members that %s', (_, change, refused) => {
    const standing = standingFrom({ ...outputs, createdWith: {} });
    expect(refusals(change, standing)).toEqual(refused);
  });

  it('refuses other members in the update that first records them', () => {
    expect(refusals({ controllers: ['ctl01', 'ctl02', 'ctl03'] }, standingFrom(outputs))).toEqual([
      'hardway:controllers',
    ]);
  });

  it('prefers the record, whatever the last update wanted', () => {
    const standing = standingFrom({ ...outputs, clusterName: 'wanted', createdWith: { clusterName: 'recorded' } });
    expect(standing.created.clusterName).toBe('recorded');
  });

  it.each([{}, { machines: 'x', podNetwork: null, versions: 3, createdWith: [] }, { podNetwork: { name: 3 } }])(
    'knows nothing of %j',
    (nothing) => {
      expect(refusals({ clusterName: 'other' }, standingFrom(nothing))).toEqual([]);
    },
  );
});
