/**
 * Pure arithmetic on IPv4 ranges, and the stable allocation of addresses and pod ranges. Imports no Pulumi.
 * Ranges and addresses are strings in their usual notation (`10.32.0.0/24`, `10.32.0.1`). IPv4 only: the lab, the
 * bridge plugin and the routes between nodes are IPv4 ({@link cidrProblem} and {@link addressProblem} refuse IPv6).
 */
import ipaddr from 'ipaddr.js';

/** A range as numbers: its first address, how many addresses it has, and the length of its prefix. */
interface Range {
  readonly first: number;
  readonly size: number;
  readonly prefix: number;
}

/** An IPv4 address as a number from 0 to 2^32-1. Throws on anything that is not four decimal parts. */
export function addressNumber(address: string): number {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) throw new Error(`${address} is not an IPv4 address`);
  return ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** The IPv4 address with a number: the reverse of {@link addressNumber}. */
export function numberAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

function range(cidr: string): Range {
  const problem = cidrProblem(cidr);
  if (problem !== undefined) throw new Error(`${cidr} ${problem}`);
  const prefix = prefixLength(cidr);
  return { first: addressNumber(cidr.slice(0, cidr.indexOf('/'))), size: 2 ** (32 - prefix), prefix };
}

/** The length of a range's prefix: 24 for `10.32.0.0/24`. */
export function prefixLength(cidr: string): number {
  return Number(cidr.slice(cidr.indexOf('/') + 1));
}

/** What is wrong with an address, as the end of a sentence; `undefined` when nothing is. */
export function addressProblem(address: string): string | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return undefined;
  if (ipaddr.IPv6.isValid(address)) return 'is an IPv6 address, and only IPv4 is supported';
  return 'is not an IPv4 address of four decimal numbers from 0 to 255';
}

/** What is wrong with a range, as the end of a sentence; `undefined` when nothing is. */
export function cidrProblem(cidr: string): string | undefined {
  const [address = '', prefix = '', ...rest] = cidr.split('/');
  if (ipaddr.IPv6.isValid(address)) return 'is an IPv6 range, and only IPv4 is supported';
  const length = /^(0|[1-9]\d?)$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (rest.length > 0 || !ipaddr.IPv4.isValidFourPartDecimal(address) || !(length <= 32)) {
    return 'is not an IPv4 range: an address, a slash, and a prefix length from 0 to 32';
  }
  if (networkOf(address, length) !== address) return `has bits set behind its prefix of ${length}`;
  return undefined;
}

/** The first address of the range with this prefix length that an address lies in: `10.1.2.3`, 24 is `10.1.2.0`. */
export function networkOf(address: string, prefix: number): string {
  const size = 2 ** (32 - prefix);
  return numberAddress(Math.floor(addressNumber(address) / size) * size);
}

/** How many addresses a range has, its network and broadcast addresses included. */
export function rangeSize(cidr: string): number {
  return range(cidr).size;
}

/** Whether a range contains an address or the whole of another range. */
export function contains(cidr: string, inner: string): boolean {
  const outer = range(cidr);
  const part = range(inner.includes('/') ? inner : `${inner}/32`);
  return part.first >= outer.first && part.first + part.size <= outer.first + outer.size;
}

/** Whether two ranges share an address. Of two ranges that do, one contains the other. */
export function overlaps(one: string, other: string): boolean {
  return contains(one, other) || contains(other, one);
}

/**
 * The address at an offset: 0 is the network address, 1 the first usable, -1 the last (broadcast), -2 the last usable.
 * Throws when the range has no such address.
 */
export function nthAddress(cidr: string, offset: number): string {
  const { first, size } = range(cidr);
  const index = offset < 0 ? size + offset : offset;
  if (index < 0 || index >= size) throw new Error(`${cidr} has no address at offset ${offset}: it has ${size}`);
  return numberAddress(first + index);
}

/** An address's offset from the first of a range. Throws when the range does not contain it. */
export function offsetOf(cidr: string, address: string): number {
  if (!contains(cidr, address)) throw new Error(`${address} is not in ${cidr}`);
  return addressNumber(address) - range(cidr).first;
}

/** How many ranges of a prefix length a range has room for; 0 when the prefix length is shorter than its own. */
export function subnetCount(cidr: string, prefix: number): number {
  const own = range(cidr).prefix;
  return prefix < own ? 0 : 2 ** (prefix - own);
}

/** The range number `index` (from 0) among the ranges of a prefix length that a range is cut into. */
export function nthSubnet(cidr: string, prefix: number, index: number): string {
  const count = subnetCount(cidr, prefix);
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new Error(`${cidr} has no /${prefix} number ${index}: it has room for ${count}`);
  }
  return `${numberAddress(range(cidr).first + index * 2 ** (32 - prefix))}/${prefix}`;
}

/** Every range of a prefix length that a range is cut into, in order. */
export function subnets(cidr: string, prefix: number): string[] {
  return Array.from({ length: subnetCount(cidr, prefix) }, (_, index) => nthSubnet(cidr, prefix, index));
}

/** Which of {@link subnets} a range is, from 0. Throws when it is none of them. */
export function subnetIndex(cidr: string, subnet: string): number {
  const { first } = range(cidr);
  const inner = range(subnet);
  if (!contains(cidr, subnet)) throw new Error(`${subnet} is not in ${cidr}`);
  return (inner.first - first) / inner.size;
}

/** The ranges among `taken` that share an address with `cidr`. */
export function overlapping(cidr: string, taken: readonly string[]): string[] {
  return taken.filter((other) => overlaps(cidr, other));
}
