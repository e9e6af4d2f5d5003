import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addressNumber,
  addressProblem,
  cidrProblem,
  contains,
  networkOf,
  nthAddress,
  nthSubnet,
  numberAddress,
  offsetOf,
  overlaps,
  prefixLength,
  rangeSize,
  subnetCount,
  subnetIndex,
  subnets,
} from '../../lib/ipv4.ts';

const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const cidrFrom = (least: number) =>
  fc
    .tuple(number, fc.integer({ min: least, max: 32 }))
    .map(([value, prefix]) => `${networkOf(numberAddress(value), prefix)}/${prefix}`);
const cidr = cidrFrom(0);

describe('addresses', () => {
  it('are numbers and back', () => {
    fc.assert(fc.property(number, (value) => addressNumber(numberAddress(value)) === value));
    expect(addressNumber('10.32.0.1')).toBe(10 * 2 ** 24 + 32 * 2 ** 16 + 1);
    expect(numberAddress(2 ** 32 - 1)).toBe('255.255.255.255');
  });

  it.each(['10.0.0', '10.0.0.256', '10.0.0.01', '0x7f.0.0.1', '', ' 10.0.0.1', '167772161', 'host'])(
    'refuse %j',
    (text) => {
      expect(addressProblem(text)).toBe('is not an IPv4 address of four decimal numbers from 0 to 255');
      expect(() => addressNumber(text)).toThrow('is not an IPv4 address');
    },
  );

  it('refuse IPv6 by its name', () => {
    expect(addressProblem('fd00::1')).toBe('is an IPv6 address, and only IPv4 is supported');
  });
});

describe('ranges', () => {
  it.each([
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '/8',
    '10.0.0/8',
    '10.0.0.0/8 ',
  ])('refuse %j', (text) => {
    expect(cidrProblem(text)).toBe('is not an IPv4 range: an address, a slash, and a prefix length from 0 to 32');
    expect(() => rangeSize(text)).toThrow(text);
  });

  it('refuse bits behind the prefix', () => {
    expect(cidrProblem('10.89.0.1/24')).toBe('has bits set behind its prefix of 24');
    expect(cidrProblem('10.89.0.1/32')).toBeUndefined();
    expect(cidrProblem('0.0.0.0/0')).toBeUndefined();
  });

  it('know their first and last addresses', () => {
    expect(nthAddress('10.32.0.0/24', 1)).toBe('10.32.0.1');
    expect(nthAddress('10.32.0.0/24', 10)).toBe('10.32.0.10');
    expect(nthAddress('10.89.0.0/24', -2)).toBe('10.89.0.254');
    expect(nthAddress('10.89.0.0/22', -1)).toBe('10.89.3.255');
    expect(() => nthAddress('10.32.0.0/29', 10)).toThrow('has no address at offset 10: it has 8');
    expect(() => nthAddress('10.32.0.0/29', -9)).toThrow('has no address at offset -9');
  });

  it('contain each of their addresses and none beside', () => {
    fc.assert(
      fc.property(cidrFrom(8), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (range, part) => {
        const offset = Math.floor(part * rangeSize(range));
        const address = nthAddress(range, offset);
        expect(contains(range, address)).toBe(true);
        expect(offsetOf(range, address)).toBe(offset);
        expect(networkOf(address, prefixLength(range))).toBe(nthAddress(range, 0));
        const before = addressNumber(nthAddress(range, 0)) - 1;
        const after = addressNumber(nthAddress(range, -1)) + 1;
        if (before >= 0) expect(contains(range, numberAddress(before))).toBe(false);
        if (after < 2 ** 32) expect(contains(range, numberAddress(after))).toBe(false);
      }),
    );
  });

  it('overlap exactly when some address is in both', () => {
    fc.assert(
      fc.property(cidrFrom(8), cidrFrom(8), (one, other) => {
        const [first, last] = [addressNumber(nthAddress(one, 0)), addressNumber(nthAddress(one, -1))];
        const [start, end] = [addressNumber(nthAddress(other, 0)), addressNumber(nthAddress(other, -1))];
        expect(overlaps(one, other)).toBe(first <= end && start <= last);
        expect(overlaps(other, one)).toBe(overlaps(one, other));
        expect(overlaps(one, one)).toBe(true);
      }),
    );
  });

  it('are cut into parts that cover them and share nothing', () => {
    fc.assert(
      fc.property(cidr, fc.integer({ min: 0, max: 6 }), (range, bits) => {
        const prefix = prefixLength(range) + bits;
        fc.pre(prefix <= 32);
        const parts = subnets(range, prefix);
        expect(parts).toHaveLength(2 ** bits);
        expect(parts.reduce((sum, part) => sum + rangeSize(part), 0)).toBe(rangeSize(range));
        parts.forEach((part, index) => {
          expect(contains(range, part)).toBe(true);
          expect(subnetIndex(range, part)).toBe(index);
          expect(parts.filter((other) => overlaps(part, other))).toEqual([part]);
        });
      }),
    );
  });

  it('have no parts that are larger than they are', () => {
    expect(subnetCount('10.200.0.0/16', 15)).toBe(0);
    expect(() => nthSubnet('10.200.0.0/16', 24, 256)).toThrow(
      '10.200.0.0/16 has no /24 number 256: it has room for 256',
    );
    expect(nthSubnet('10.200.0.0/16', 24, 255)).toBe('10.200.255.0/24');
    expect(() => subnetIndex('10.200.0.0/16', '10.201.0.0/24')).toThrow('is not in');
    expect(() => offsetOf('10.200.0.0/16', '10.201.0.0')).toThrow('is not in');
  });
});
