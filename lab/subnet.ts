import ipaddr from 'ipaddr.js';

/** A range that something already holds. */
export interface HeldRange {
  /** CIDR, e.g. `172.17.0.0/16`. */
  readonly cidr: string;
  /** Who holds it, for people: `Docker network "kind"`, `host interface eth0`. */
  readonly holder: string;
}

/** Whether two IPv4 ranges share an address. Ranges that are not IPv4 share none. */
export function overlaps(a: string, b: string): boolean {
  const left = parse(a);
  const right = parse(b);
  if (!left || !right) return false;
  const bits = Math.min(left[1], right[1]);
  return left[0].match(right[0], bits);
}

/** The first holder that overlaps the subnet; networks given first are named first. */
export function findHolder(subnet: string, held: readonly HeldRange[]): HeldRange | undefined {
  return held.find((range) => overlaps(subnet, range.cidr));
}

/** Whether the address lies in the subnet and can be given to a machine (not its network or broadcast address). */
export function isHostAddress(address: string, subnet: string): boolean {
  const range = parse(subnet);
  if (!range || !ipaddr.IPv4.isValidFourPartDecimal(address)) return false;
  const host = ipaddr.IPv4.parse(address);
  const first = ipaddr.IPv4.networkAddressFromCIDR(subnet).toString();
  const last = ipaddr.IPv4.broadcastAddressFromCIDR(subnet).toString();
  return host.match(range) && address !== first && address !== last;
}

/**
 * The ranges in a `/proc/net/route` table, without the default route. Its numbers are little-endian hexadecimal.
 * The table holds connected networks too, so it says all there is to know about the host's interfaces.
 */
export function routedRanges(table: string): HeldRange[] {
  return routeRows(table)
    .filter((row) => row.mask !== 0)
    .map((row) => ({
      cidr: `${dotted(row.destination)}/${prefixLength(row.mask)}`,
      holder: `host interface ${row.interface}`,
    }));
}

/** The interface of the default route, if there is one. */
export function defaultInterface(table: string): string | undefined {
  return routeRows(table).find((row) => row.mask === 0 && row.destination === 0)?.interface;
}

function routeRows(table: string): { interface: string; destination: number; mask: number }[] {
  return table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => cells.length >= 8)
    .map((cells) => ({
      interface: cells[0] ?? '',
      destination: Number.parseInt(cells[1] ?? '0', 16),
      mask: Number.parseInt(cells[7] ?? '0', 16),
    }));
}

function dotted(littleEndian: number): string {
  return [0, 8, 16, 24].map((shift) => (littleEndian >>> shift) & 0xff).join('.');
}

function prefixLength(mask: number): number {
  return mask.toString(2).replaceAll('0', '').length;
}

function parse(cidr: string): [ipaddr.IPv4, number] | undefined {
  return ipaddr.IPv4.isValidCIDR(cidr) ? ipaddr.IPv4.parseCIDR(cidr) : undefined;
}
