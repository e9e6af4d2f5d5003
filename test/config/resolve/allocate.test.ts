import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allocate, hashOf, type SlotRequest, trailingNumber } from '../../../config/resolve/allocate.ts';
import { addressBlocks } from '../../../config/resolve/index.ts';
import type { ClusterConfig } from '../../../config/schema.ts';
import { contains, nthAddress, overlaps } from '../../../lib/ipv4.ts';
import { resolved } from '../support.ts';

const block = { start: 0, count: 100, step: 1 } as const;

/** Machines of the four roles by number, each number once in its role. */
const shape = fc.record({
  controllers: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
  workers: fc.uniqueArray(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 20 }),
  etcdMembers: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }),
  loadBalancers: fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { maxLength: 5 }),
});
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function cluster(
  { controllers, workers, etcdMembers, loadBalancers }: Shape,
  more: Record<string, unknown> = {},
): ClusterConfig {
  const named = (stem: string, numbers: readonly number[]) => numbers.map((each) => `${stem}${each}`);
  return resolved({
    controllers: named('ctl', controllers),
    workers: named('wrk', workers),
    etcdMembers: named('etcd', etcdMembers),
    loadBalancers: named('lb', loadBalancers),
    controllersAsNodes: true,
    ...more,
  });
}

/** What each machine has, by name, and the address that moves, if any. */
function places({ machinesList, derived }: ClusterConfig): Map<string, string> {
  const own = machinesList.map(({ name, address, podCidr }) => [name, `${address} ${podCidr}`] as const);
  return new Map([...own, ...(derived.controlPlaneVip ? [['(moving)', derived.controlPlaneVip] as const] : [])]);
}

/** Expects that whatever is in both has the same place in both. */
function expectUnmoved(before: ClusterConfig, after: ClusterConfig): void {
  const old = places(before);
  for (const [name, place] of places(after))
    if (old.has(name)) expect(`${name}: ${place}`).toBe(`${name}: ${old.get(name)}`);
}

const lists = ['controllers', 'workers', 'etcdMembers', 'loadBalancers'] as const;

describe('the number of a name', () => {
  it.each([
    ['wrk02', 2],
    ['wrk2', 2],
    ['node-10-0-0-5', 5],
    ['ctl000', 0],
    ['kubelb', undefined],
    ['i-1234567', undefined],
  ])('%s: %s', (name, number) => {
    expect(trailingNumber(name)).toBe(number);
  });
});

describe('allocation', () => {
  it('hashes as FNV-1a does', () => {
    expect([hashOf(''), hashOf('a'), hashOf('foobar')]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  });

  it('gives everyone a slot of their own, in any order', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}\d{0,3}$/), { maxLength: 40 });
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 40 }), fc.nat(), (some, spare, seed) => {
        const requests = some.map((name): SlotRequest => ({ name, block: { ...block, count: 20 } }));
        const slots = some.length + spare + 2;
        const result = allocate(requests, slots, [0, slots - 1]);
        expect(new Set(result.values()).size).toBe(some.length);
        expect([...result.values()].every((slot) => slot > 0 && slot < slots - 1)).toBe(true);
        const turned = [...requests.slice(seed % (some.length + 1)), ...requests.slice(0, seed % (some.length + 1))];
        expect(new Map([...allocate(turned, slots, [0, slots - 1])].sort())).toEqual(new Map([...result].sort()));
      }),
    );
  });

  it('lets an explicit slot win', () => {
    const result = allocate(
      [
        { name: 'a1', block },
        { name: 'b', block, explicit: 0 },
      ],
      10,
    );
    expect(result.get('b')).toBe(0);
    expect(result.get('a1')).not.toBe(0);
  });

  it('says when there is no room, or two want the same', () => {
    expect(() =>
      allocate(
        [
          { name: 'a1', block },
          { name: 'a2', block },
        ],
        3,
        [0, 1],
      ),
    ).toThrow('no slot is left for a2');
    expect(() =>
      allocate(
        [
          { name: 'a', block, explicit: 2 },
          { name: 'b', block, explicit: 2 },
        ],
        5,
      ),
    ).toThrow('b asks for slot 2');
  });
});

describe('the places of machines', () => {
  it('are those of their roles and numbers in a /24', () => {
    const config = resolved({
      controllers: ['ctl01', 'ctl02'],
      etcdMembers: ['etcd1', 'etcd3'],
      workers: ['wrk01', 'wrk09'],
      controllersAsNodes: true,
    });
    expect(Object.fromEntries(places(config))).toEqual({
      kubelb: '10.89.0.10 undefined',
      etcd1: '10.89.0.40 undefined',
      etcd3: '10.89.0.42 undefined',
      ctl01: '10.89.0.20 10.200.255.0/24',
      ctl02: '10.89.0.21 10.200.254.0/24',
      wrk01: '10.89.0.100 10.200.0.0/24',
      wrk09: '10.89.0.108 10.200.8.0/24',
    });
  });

  it('do not move when a machine is added or removed, nor does the address between the load balancers', () => {
    fc.assert(
      fc.property(shape, fc.nat(), fc.constantFrom(...lists), (before, which, list) => {
        const index = which % Math.max(before[list].length, 1);
        const after = { ...before, [list]: before[list].filter((_, at) => at !== index) };
        fc.pre(after.controllers.length > 0);
        expectUnmoved(cluster(before), cluster(after));
      }),
    );
  });

  it('do not move in a small subnet either, where each number fits the block of its role', () => {
    const chosen = fc.record({
      prefix: fc.integer({ min: 25, max: 28 }),
      seeds: fc.uniqueArray(fc.nat(15), { minLength: 1, maxLength: 9 }),
      which: fc.nat(),
      list: fc.constantFrom(...lists),
    });
    const homes = { controllers: 'controller', workers: 'worker', etcdMembers: 'etcd', loadBalancers: 'loadBalancer' };
    fc.assert(
      fc.property(chosen, ({ prefix, seeds, which, list }) => {
        const labSubnet = `172.16.0.0/${prefix}`;
        const blocks = addressBlocks(labSubnet);
        const fitting = (key: (typeof lists)[number]) => {
          const { count } = blocks[homes[key] as keyof typeof blocks];
          return [...new Set(seeds.map((seed) => (seed % count) + 1))];
        };
        const before = Object.fromEntries(lists.map((key) => [key, fitting(key)])) as unknown as Shape;
        const after = { ...before, [list]: before[list].filter((_, at) => at !== which % before[list].length) };
        fc.pre(after.controllers.length > 0);
        expectUnmoved(cluster(before, { labSubnet }), cluster(after, { labSubnet }));
      }),
    );
  });

  it('do not move when controllers become nodes, or the load balancer goes', () => {
    fc.assert(
      fc.property(shape, (machines) => {
        const all = cluster(machines);
        const fewer = cluster(machines, { controllersAsNodes: false, loadBalancers: [] });
        for (const { name, address, podCidr } of fewer.machinesList) {
          const same = all.machinesList.find((machine) => machine.name === name);
          expect(same?.address).toBe(address);
          if (podCidr !== undefined) expect(same?.podCidr).toBe(podCidr);
        }
      }),
    );
  });

  it('are inside their ranges, free and distinct, in every subnet and with any names', () => {
    const names = fc.uniqueArray(
      fc.stringMatching(/^[a-z]{1,4}\d{0,3}$/).filter((name) => name !== 'mirror'),
      { minLength: 2, maxLength: 11 },
    );
    fc.assert(
      fc.property(names, fc.integer({ min: 16, max: 28 }), fc.integer({ min: 1, max: 9 }), (some, prefix, cut) => {
        const labSubnet = `172.16.0.0/${prefix}`;
        const controllers = some.slice(0, Math.min(cut, some.length - 1));
        const workers = some.slice(controllers.length);
        const podCidr = '10.200.0.0/20';
        const config = resolved({
          controllers,
          workers,
          loadBalancers: [{ name: 'gate' }],
          labSubnet,
          podCidr,
          controllersAsNodes: true,
        });
        const addresses = config.machinesList.map(({ address }) => address);
        expect(new Set(addresses).size).toBe(some.length + 1);
        const { gateway, mirrorAddress } = config.derived;
        for (const address of addresses) {
          expect(contains(labSubnet, address)).toBe(true);
          expect([nthAddress(labSubnet, 0), gateway, mirrorAddress, nthAddress(labSubnet, -1)]).not.toContain(address);
        }
        const ranges = config.machinesList.flatMap(({ podCidr: range }) => range ?? []);
        expect(ranges).toHaveLength(some.length);
        for (const range of ranges) {
          expect(contains(podCidr, range)).toBe(true);
          expect(ranges.filter((other) => overlaps(range, other))).toEqual([range]);
        }
      }),
    );
  });

  it('leave the address that moves a place that no machine prefers', () => {
    const moving = (labSubnet: string) =>
      resolved({ labSubnet, loadBalancers: ['lb1', 'lb2'], workers: ['wrk1'], controllers: ['ctl1'] }).derived;
    expect(moving('10.89.0.0/24')).toMatchObject({ controlPlaneVip: '10.89.0.9', controlPlaneEndpoint: '10.89.0.9' });
    expect(moving('10.89.0.0/28').controlPlaneVip).toBe('10.89.0.13');
  });

  it('fill a /29 to the last', () => {
    const config = resolved({ labSubnet: '10.89.0.0/29', controllers: ['ctl01', 'ctl02'], workers: ['wrk01'] });
    expect(config.machinesList.map(({ address }) => address).sort()).toEqual([
      '10.89.0.2',
      '10.89.0.3',
      '10.89.0.4',
      '10.89.0.5',
    ]);
  });

  it('come from blocks that lie one behind the other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 29 }), (prefix) => {
        const size = 2 ** (32 - prefix);
        const { loadBalancer, controller, etcd, worker } = addressBlocks(`172.16.0.0/${prefix}`);
        expect(loadBalancer.start).toBeGreaterThanOrEqual(2);
        expect(loadBalancer.start + loadBalancer.count).toBe(controller.start);
        expect(controller.start + controller.count).toBe(etcd.start);
        expect(etcd.start + etcd.count).toBe(worker.start);
        // The one behind them in a small subnet is for the address that moves between load balancers.
        expect(worker.start + worker.count).toBe(prefix > 24 ? size - 3 : size - 2);
        expect(Math.min(loadBalancer.count, controller.count, etcd.count, worker.count)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
