import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defaultInterface, findHolder, isHostAddress, overlaps, routedRanges } from '../../lab/subnet.ts';

const table = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
`;

describe('overlaps', () => {
  it.each([
    ['10.89.0.0/24', '10.89.0.0/24', true],
    ['10.89.0.0/24', '10.89.0.128/25', true],
    ['10.89.0.128/25', '10.89.0.0/16', true],
    ['10.89.0.0/24', '10.89.1.0/24', false],
    ['10.89.0.0/25', '10.89.0.128/25', false],
    ['10.89.0.0/24', 'fd00::/64', false],
    ['10.89.0.0/24', '', false],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(overlaps(a, b)).toBe(expected);
  });

  it('does not depend on the order', () => {
    const cidr = fc
      .tuple(fc.nat(255), fc.nat(255), fc.integer({ min: 1, max: 32 }))
      .map(([a, b, n]) => `10.${a}.${b}.0/${n}`);
    fc.assert(fc.property(cidr, cidr, (a, b) => overlaps(a, b) === overlaps(b, a)));
  });
});

describe('routedRanges', () => {
  it('reads the kernel table and leaves the default route out', () => {
    expect(routedRanges(table)).toEqual([
      { cidr: '172.17.0.0/16', holder: 'host interface docker0' },
      { cidr: '192.0.2.0/24', holder: 'host interface eth0' },
    ]);
  });

  it('reads a range whose last octet is above 127', () => {
    const row = 'tun0\t8000590A\t00000000\t0001\t0\t0\t0\t80FFFFFF\t0\t0\t0';
    expect(routedRanges(`header\n${row}\n`)).toEqual([{ cidr: '10.89.0.128/25', holder: 'host interface tun0' }]);
  });

  it('reads an empty table', () => {
    expect(routedRanges('')).toEqual([]);
  });
});

describe('findHolder', () => {
  const held = [{ cidr: '10.89.0.0/16', holder: 'the Docker network "kind"' }, ...routedRanges(table)];

  it('names who has the range', () => {
    expect(findHolder('10.89.4.0/24', held)?.holder).toBe('the Docker network "kind"');
    expect(findHolder('192.0.0.0/16', held)?.holder).toBe('host interface eth0');
  });

  it('finds nobody for a free range', () => {
    expect(findHolder('10.91.0.0/24', held)).toBeUndefined();
  });
});

describe('isHostAddress', () => {
  it.each([
    ['10.89.0.11', true],
    ['10.89.0.1', true],
    ['10.89.0.0', false],
    ['10.89.0.255', false],
    ['10.89.1.11', false],
    ['10.89.0', false],
    ['nonsense', false],
  ])('%s: %s', (address, expected) => {
    expect(isHostAddress(address, '10.89.0.0/24')).toBe(expected);
  });
});

describe('defaultInterface', () => {
  it('is the one that leads outside', () => {
    expect(defaultInterface(table)).toBe('eth0');
    expect(defaultInterface('header\n')).toBeUndefined();
  });
});
