import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contains, nthAddress } from '../../../lib/ipv4.ts';
import { resolved } from '../support.ts';

const base = {
  machines: 'aws',
  awsRegion: 'eu-central-1',
  awsZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
  awsApiCidrs: ['203.0.113.7/32'],
  awsSshCidrs: ['203.0.113.7/32'],
};

const places = (own: Record<string, unknown>) =>
  Object.fromEntries(
    resolved({ ...base, ...own }).machinesList.map(({ name, address, aws }) => [name, `${address} ${aws?.zone}`]),
  );

describe('places on AWS', () => {
  it('spread each role over the zones by number', () => {
    expect(
      places({
        controllers: ['ctl01', 'ctl02', 'ctl03'],
        etcdMembers: ['etcd01', 'etcd02', 'etcd03'],
        workers: ['wrk01', 'wrk02', 'wrk03', 'wrk04'],
      }),
    ).toEqual({
      kubelb: '10.70.0.10 eu-central-1a',
      etcd01: '10.70.0.40 eu-central-1a',
      etcd02: '10.70.1.40 eu-central-1b',
      etcd03: '10.70.2.40 eu-central-1c',
      ctl01: '10.70.0.20 eu-central-1a',
      ctl02: '10.70.1.20 eu-central-1b',
      ctl03: '10.70.2.20 eu-central-1c',
      wrk01: '10.70.0.100 eu-central-1a',
      wrk02: '10.70.1.100 eu-central-1b',
      wrk03: '10.70.2.100 eu-central-1c',
      wrk04: '10.70.0.101 eu-central-1a',
    });
  });

  it('take the address of an entry, and the zone it lies in', () => {
    expect(places({ workers: [{ name: 'wrk01', address: '10.70.2.77' }] }).wrk01).toBe('10.70.2.77 eu-central-1c');
  });

  it('move no other when a machine comes or goes, and are distinct, in the subnets, and none that AWS keeps', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 24, max: 26 }), fc.nat(), (all, prefix, pick) => {
        const left = all.filter((_, index) => all.length === 1 || index !== pick % all.length);
        const of = (list: readonly number[]) =>
          resolved({ ...base, awsSubnetPrefixLength: prefix, workers: list.map((n) => `wrk${n}`) }).machinesList;
        const before = new Map(of(all).map(({ name, address }) => [name, address]));
        for (const { name, address } of of(left)) expect(before.get(name)).toBe(address);
        expect(new Set(before.values()).size).toBe(before.size);
        const subnets = resolved({ ...base, awsSubnetPrefixLength: prefix }).derived.aws?.subnets ?? [];
        for (const address of before.values()) {
          const subnet = subnets.find(({ cidr }) => contains(cidr, address))?.cidr ?? '';
          expect([0, 1, 2, 3, -1].map((offset) => nthAddress(subnet, offset))).not.toContain(address);
        }
      }),
    );
  });

  it('hold as many machines as the rule says', () => {
    const workers = Array.from({ length: 25 }, (_, index) => `wrk${index + 1}`);
    const { machinesList } = resolved({ ...base, awsSubnetPrefixLength: 28, controllers: ['ctl01'], workers });
    expect(new Set(machinesList.map(({ address }) => address)).size).toBe(27);
  });

  it('give the API the name of the network load balancer, whose addresses are known too', () => {
    const { derived } = resolved({
      ...base,
      awsLoadBalancer: 'network',
      loadBalancers: [],
      awsSshAccess: 'direct',
      clusterName: 'blue',
    });
    expect(derived.controlPlaneEndpoint).toBe('api.blue.internal');
    expect(derived.aws?.balancerAddresses).toEqual(['10.70.0.4', '10.70.1.4', '10.70.2.4']);
    expect(derived.aws?.bastionAddress).toBeUndefined();
  });

  it('keep one for the bastion in the first zone', () => {
    expect(resolved(base).derived.aws?.bastionAddress).toBe('10.70.0.5');
  });
});
