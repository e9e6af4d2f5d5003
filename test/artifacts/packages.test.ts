import { describe, expect, it } from '@jest/globals';
import { packagesFor } from '../../artifacts/packages.ts';
import type { Role } from '../../config/schema.ts';
import { packages as onLabMachines } from '../../lab/image/recipe.ts';

const one = (roles: Role[], cni: 'weave' | 'bridge', isNode = roles.includes('worker'), balancers = 1) =>
  packagesFor(
    { cni, loadBalancers: Array.from({ length: balancers }, (_, at) => ({ name: `lb${at}` })) },
    { roles, isNode },
  );

const base = ['ca-certificates', 'curl', 'iproute2', 'kmod', 'procps'];

describe('the packages of a machine', () => {
  it('are those of its duties', () => {
    expect(one(['etcd'], 'weave')).toEqual(base);
    expect(one(['worker'], 'weave')).toEqual([...base, 'conntrack', 'ipset', 'iptables', 'socat'].sort());
    expect(one(['worker'], 'bridge')).not.toContain('ipset');
    expect(one(['controller'], 'bridge')).toEqual([...base, 'iptables', 'nginx'].sort());
    expect(one(['loadBalancer'], 'weave')).toEqual([...base, 'libnginx-mod-stream', 'nginx'].sort());
  });

  it('are those of a node too where a controller is one', () => {
    expect(one(['controller'], 'weave', true)).toEqual(expect.arrayContaining(['nginx', 'ipset', 'socat']));
  });

  it('have keepalived only where an address moves', () => {
    expect(one(['loadBalancer'], 'weave', false, 2)).toContain('keepalived');
    expect(one(['controller'], 'weave', false, 2)).not.toContain('keepalived');
  });

  it('are all on a machine of the lab, which fetches none', () => {
    const all = [
      ...one(['loadBalancer', 'etcd', 'controller', 'worker'], 'weave', true, 2),
      ...one(['worker'], 'bridge'),
    ];
    // What nginx-light is made of.
    const there = [...onLabMachines, 'nginx'];
    expect(all.filter((name) => !there.includes(name as (typeof there)[number]))).toEqual([]);
  });
});
