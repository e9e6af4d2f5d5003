/** A span for people: `0.4 s`, `12.3 s`, `2 min 5 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A time that is fit for a file's name, in UTC: `20261121-151500`. */
export function fileTime(date: Date): string {
  return date
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/[-:]/g, '')
    .replace('T', '-');
}

/** One named part of a run, with how long it took. */
export interface Phase {
  readonly name: string;
  /** Milliseconds. */
  readonly took: number;
}

/** Runs named parts one after the other and remembers how long each took, failed ones too. */
export class Stopwatch {
  readonly phases: Phase[] = [];
  readonly #now: () => number;

  /** @param now - a clock in milliseconds. Default the machine's monotonic one */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Runs one part. */
  async phase<T>(name: string, run: () => Promise<T>): Promise<T> {
    const begin = this.#now();
    try {
      return await run();
    } finally {
      this.phases.push({ name, took: this.#now() - begin });
    }
  }

  /** `tools 0.3 s, update 41.0 s; 41.3 s in all`. */
  summary(): string {
    const total = this.phases.reduce((sum, phase) => sum + phase.took, 0);
    return `${this.phases.map((phase) => `${phase.name} ${duration(phase.took)}`).join(', ')}; ${duration(total)} in all`;
  }
}
