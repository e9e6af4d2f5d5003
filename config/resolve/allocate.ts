/**
 * Stable allocation: which numbered slot (a lab address, a pod range) each machine gets. Pure.
 *
 * A slot is a function of the machine's own name, never of its place in a list, so that adding or removing one
 * machine moves no other. This holds for machines whose names end in numbers that are distinct within their role and
 * fit its block, and for explicit slots. A name without such a number takes a slot by its hash; two of those may want
 * the same one, and then removing the first (by name) moves the second. Give such machines an explicit address.
 */

/** One machine's wish. */
export interface SlotRequest {
  /** The machine's name, distinct among the requests. */
  readonly name: string;
  /** A slot that the config names. It wins over everything. */
  readonly explicit?: number;
  /** The block of slots that the machine's role prefers. */
  readonly block: SlotBlock;
}

/** A role's block of slots. The machine numbered 1 gets the first, 2 the next. */
export interface SlotBlock {
  /** The slot of number 1 (and of number 0). */
  readonly start: number;
  /** How many slots the block has. */
  readonly count: number;
  /** Whether the block grows upwards (1) or downwards (-1) from its start. */
  readonly step: 1 | -1;
  /** Where a name without a number goes: the block's first slot, or (default) by hash into its later half. */
  readonly unnumbered?: 'first' | 'hash';
}

/** The number a name ends in: 2 for `wrk02`; `undefined` for `kubelb` and for numbers of more than six digits. */
export function trailingNumber(name: string): number | undefined {
  const digits = /(\d+)$/.exec(name)?.[1]?.replace(/^0+(?=\d)/, '');
  return digits === undefined || digits.length > 6 ? undefined : Number(digits);
}

/** A hash of a text as a number from 0 to 2^32-1 (FNV-1a), the same on every machine and in every version. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** The slot that a name's number asks for within its block, if it has one there. */
function numberedSlot({ name, block }: SlotRequest): number | undefined {
  const number = trailingNumber(name) ?? (block.unnumbered === 'first' ? 0 : undefined);
  if (number === undefined) return undefined;
  const index = Math.max(number - 1, 0);
  return index < block.count ? block.start + index * block.step : undefined;
}

/** The slot where the search for a name without a number of its own begins. */
function hashedSlot({ name, block }: SlotRequest, slots: number): number {
  if (block.count === 0 || trailingNumber(name) !== undefined) return hashOf(name) % slots;
  const half = Math.floor(block.count / 2);
  return block.start + (half + (hashOf(name) % (block.count - half))) * block.step;
}

const byName = (one: SlotRequest, other: SlotRequest): number =>
  one.name < other.name ? -1 : one.name > other.name ? 1 : 0;

/**
 * A slot for every request, by name: the explicit one; else the one of the name's number in its block when that is
 * free; else the first free one from the name's hash on. The order of the requests does not matter.
 *
 * @param slots how many slots there are, numbered from 0
 * @param reserved slots that nobody may get
 * @throws when there are fewer free slots than requests, or two explicit ones are the same
 */
export function allocate(
  requests: readonly SlotRequest[],
  slots: number,
  reserved: readonly number[] = [],
): Map<string, number> {
  const taken = new Set(reserved);
  const result = new Map<string, number>();
  const take = (name: string, slot: number): void => {
    taken.add(slot);
    result.set(name, slot);
  };
  for (const { name, explicit } of requests) {
    if (explicit === undefined) continue;
    if (taken.has(explicit)) throw new Error(`${name} asks for slot ${explicit}, which is taken`);
    take(name, explicit);
  }
  const rest = requests.filter(({ explicit }) => explicit === undefined).sort(byName);
  for (const request of rest) {
    const slot = numberedSlot(request);
    if (slot !== undefined && slot >= 0 && slot < slots && !taken.has(slot)) take(request.name, slot);
  }
  for (const request of rest.filter(({ name }) => !result.has(name))) {
    if (taken.size >= slots) throw new Error(`no slot is left for ${request.name}: there are ${slots}`);
    let slot = hashedSlot(request, slots) % slots;
    while (taken.has(slot)) slot = (slot + 1) % slots;
    take(request.name, slot);
  }
  return result;
}
