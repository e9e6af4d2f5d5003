import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { egressRules, type GroupRule, groupsOf, ingressRules } from '../../../components/machines/aws/ingress.ts';
import { mostRanges } from '../../../config/options/aws-schemas.ts';
import { resolved } from '../../config/support.ts';
import { awsBase } from '../../support/aws.ts';

const shown = ({ group, protocol, first, last, peer }: GroupRule): string =>
  `${group} ${protocol} ${first === last ? first : `${first}-${last}`} from ${'group' in peer ? peer.group : peer.cidr}`;
const rulesOf = (settings: Record<string, unknown>) => ingressRules(resolved({ ...awsBase, ...settings }));

const outsideRange = fc.constantFrom('203.0.113.7/32', '198.51.100.0/24', '0.0.0.0/0');
const ranges = (least: number) => fc.uniqueArray(outsideRange, { minLength: least, maxLength: 3 });
/** Any configuration that a cluster can be made with. */
const anyConfig = fc
  .record({
    awsApiCidrs: ranges(1),
    awsSshCidrs: ranges(1),
    awsNodePortCidrs: ranges(0),
    awsSshAccess: fc.constantFrom('bastion', 'direct'),
    awsLoadBalancer: fc.constantFrom('machine', 'network'),
    cni: fc.constantFrom('weave', 'bridge', 'none'),
    controllersAsNodes: fc.boolean(),
    ownEtcd: fc.boolean(),
    balancer: fc.boolean(),
    workers: fc.constantFrom([], ['wrk01'], ['wrk01', 'wrk02']),
  })
  .map(({ ownEtcd, balancer, ...rest }) => ({
    ...rest,
    etcdMembers: ownEtcd ? ['etcd01'] : [],
    loadBalancers: balancer && rest.awsLoadBalancer === 'machine' ? ['kubelb'] : [],
  }));

describe('what comes in', () => {
  it('comes from outside only to what the config opens, and only from there', () => {
    fc.assert(
      fc.property(anyConfig, (settings) => {
        const { awsApiCidrs, awsSshCidrs, awsNodePortCidrs } = settings;
        for (const rule of rulesOf(settings)) {
          if ('group' in rule.peer || ['10.70.0.0/16', '10.200.0.0/16'].includes(rule.peer.cidr)) continue;
          const allowed =
            rule.first === 22
              ? awsSshCidrs
              : [443, 6443].includes(rule.first)
                ? awsApiCidrs
                : rule.group === 'node'
                  ? awsNodePortCidrs
                  : [];
          expect([shown(rule), allowed]).toEqual([shown(rule), expect.arrayContaining([rule.peer.cidr])]);
          expect(rule.protocol).not.toBe('-1');
        }
      }),
    );
  });

  it('names groups that there are, and says nothing twice, which AWS refuses', () => {
    fc.assert(
      fc.property(anyConfig, (settings) => {
        const config = resolved({ ...awsBase, ...settings });
        const groups = groupsOf(config);
        for (const rules of [ingressRules(config), egressRules(config)]) {
          for (const { group, peer } of rules) {
            expect(groups).toContain(group);
            if ('group' in peer) expect(groups).toContain(peer.group);
          }
          expect(new Set(rules.map(shown)).size).toBe(rules.length);
        }
      }),
    );
  });

  it('reaches etcd and kubelet from other roles alone, but where the pod network takes any port of nodes', () => {
    const everything = ({ protocol }: GroupRule) => protocol === '-1';
    const covers = (port: number) => (rule: GroupRule) =>
      everything(rule) || (rule.protocol !== 'icmp' && rule.first <= port && port <= rule.last);
    const open = {
      weave: [],
      bridge: ['node -1 0 from controller', 'node -1 0 from node', 'node -1 0 from 10.200.0.0/16'],
      none: ['node -1 0 from node'],
    };
    for (const [cni, pods] of Object.entries(open)) {
      const rules = rulesOf({
        cni,
        awsApiCidrs: ['0.0.0.0/0'],
        awsSshCidrs: ['0.0.0.0/0'],
        awsNodePortCidrs: ['0.0.0.0/0'],
      });
      const inner = (port: number) => rules.filter(covers(port)).map(shown);
      expect(rules.filter(everything).map(shown)).toEqual(pods);
      expect(inner(2379)).toEqual(['etcd tcp 2379 from controller', 'etcd tcp 2379 from etcd', ...pods]);
      expect(inner(2380)).toEqual(['etcd tcp 2380 from etcd', ...pods]);
      expect(inner(10250)).toEqual(['node tcp 10250 from controller', ...pods]);
    }
  });

  it('fits into groups, each with as many ranges as a key takes', () => {
    const most = Array.from({ length: mostRanges }, (_, index) => `203.0.113.${index}/32`);
    const wide = { awsApiCidrs: most, awsSshCidrs: most, awsNodePortCidrs: most, controllersAsNodes: true };
    const balancers = [{ awsLoadBalancer: 'network', loadBalancers: [] }, { loadBalancers: [] }, {}];
    for (const cni of ['weave', 'bridge', 'none']) {
      for (const awsSshAccess of ['bastion', 'direct']) {
        for (const balancer of balancers) {
          const settings = { ...wide, ...balancer, cni, awsSshAccess };
          const rules = rulesOf(settings);
          for (const group of groupsOf(resolved({ ...awsBase, ...settings })))
            expect(rules.filter((rule) => rule.group === group).length).toBeLessThanOrEqual(60);
        }
      }
    }
  });

  it('reaches machines on port 22 from the bastion alone where there is one', () => {
    const ssh = (settings: Record<string, unknown>) =>
      rulesOf(settings)
        .filter(({ first }) => first === 22)
        .map(shown);
    expect(ssh({})).toEqual(['bastion tcp 22 from 198.51.100.0/24', 'machine tcp 22 from bastion']);
    expect(ssh({ awsSshAccess: 'direct' })).toEqual(['machine tcp 22 from 198.51.100.0/24']);
  });

  it('is what the pod network needs between nodes', () => {
    const between = (settings: Record<string, unknown>) =>
      rulesOf(settings)
        .filter(({ group, first }) => group === 'node' && first !== 10250)
        .map(shown);
    const plain = ['node tcp 6783 from node', 'node udp 6783-6784 from node'];
    expect(between({ cni: 'weave' })).toEqual([...plain, 'node 50 0 from node']);
    expect(between({ cni: 'weave', weaveEncryption: 'off' })).toEqual(plain);
    expect(between({ cni: 'weave', weaveFastDatapath: 'off' })).toEqual(plain);
    expect(between({ cni: 'bridge' })).toEqual([
      'node -1 0 from controller',
      'node -1 0 from node',
      'node -1 0 from 10.200.0.0/16',
    ]);
    expect(between({ cni: 'none' })).toEqual(['node -1 0 from node']);
  });

  it('reaches node ports from the ranges of the config', () => {
    expect(
      rulesOf({ awsNodePortCidrs: ['192.0.2.0/24'], cni: 'weave' })
        .filter(({ peer }) => 'cidr' in peer && peer.cidr === '192.0.2.0/24')
        .map(shown),
    ).toEqual([
      'node tcp 10256 from 192.0.2.0/24',
      'node tcp 30000-32767 from 192.0.2.0/24',
      'node udp 30000-32767 from 192.0.2.0/24',
    ]);
  });

  it('reaches controllers from outside over a load balancer of AWS alone', () => {
    const api = rulesOf({ awsLoadBalancer: 'network', loadBalancers: [] }).filter(({ first }) => first === 6443);
    expect(api.map(shown)).toEqual([
      'controller tcp 6443 from controller',
      'controller tcp 6443 from node',
      'controller tcp 6443 from balancer',
      'controller tcp 6443 from publicBalancer',
      'balancer tcp 6443 from controller',
      'balancer tcp 6443 from node',
      'publicBalancer tcp 6443 from 203.0.113.7/32',
    ]);
  });
});

describe('what goes out', () => {
  const out = (settings: Record<string, unknown>) =>
    egressRules(resolved({ ...awsBase, ...settings })).map((rule) => shown(rule).replace(' from ', ' to '));
  const machines = 'machine -1 0 to 0.0.0.0/0';
  const bastion = ['bastion tcp 22 to machine', 'bastion tcp 80 to 0.0.0.0/0', 'bastion tcp 443 to 0.0.0.0/0'];

  it('is anything for machines, and little for the rest', () => {
    expect(out({})).toEqual([machines, ...bastion]);
    expect(out({ awsSshAccess: 'direct' })).toEqual([machines]);
    expect(out({ awsLoadBalancer: 'network', loadBalancers: [] })).toEqual([
      machines,
      ...bastion,
      'balancer tcp 6443 to controller',
      'publicBalancer tcp 6443 to controller',
    ]);
  });
});
