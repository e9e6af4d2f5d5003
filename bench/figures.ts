/** What was measured between two places. */
export interface Link {
  /** Throughput of one TCP stream, in Mbit/s. */
  readonly mbits: number;
  /** Round trip, in milliseconds, the mean of many. */
  readonly roundTripMs: number;
}

/** Links of one cluster: between its machines, and between pods on them. */
export interface Links {
  readonly machines: Link;
  readonly pods: Link;
}

/** Throughput out of what `iperf3 --json` says, as the receiver saw it. @throws Error with its own message */
export function throughput(json: string): number {
  const said = JSON.parse(json) as { error?: string; end?: { sum_received?: { bits_per_second?: number } } };
  const bits = said.end?.sum_received?.bits_per_second;
  if (bits === undefined) throw new Error(`iperf3: ${said.error ?? 'no result'}`);
  return bits / 1e6;
}

/** Mean round trip out of the last lines of `ping`. @throws Error when it had no answer */
export function roundTrip(said: string): number {
  const mean = /= [\d.]+\/([\d.]+)\//.exec(said)?.[1];
  if (mean === undefined) throw new Error(`ping: ${said.trim().split('\n').at(-1)}`);
  return Number(mean);
}

const row = (what: string, { mbits, roundTripMs }: Link, machines: Link): string =>
  [
    what.padEnd(24),
    `${mbits.toFixed(0)} Mbit/s`.padStart(14),
    `${(mbits / machines.mbits).toFixed(2)}`.padStart(7),
    `${roundTripMs.toFixed(3)} ms`.padStart(12),
    `${(roundTripMs / machines.roundTripMs).toFixed(2)}`.padStart(7),
  ].join('');

/** The table: each network's pods beside the machines under them, as figures and as ratios to those machines. */
export function table(found: Readonly<Record<string, Links>>): string[] {
  const head = [
    'link'.padEnd(24),
    'throughput'.padStart(14),
    'ratio'.padStart(7),
    'round trip'.padStart(12),
    'ratio'.padStart(7),
  ];
  return [
    head.join(''),
    ...Object.entries(found).flatMap(([name, { machines, pods }]) => [
      row(`machines (${name})`, machines, machines),
      row(`pods by ${name}`, pods, machines),
    ]),
  ];
}
