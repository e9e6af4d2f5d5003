import { type Counts, countsLine } from './counts.ts';
import { duration } from './time.ts';

/** Runs named checks one after the other and keeps count; a line for each. */
export class Steps {
  #passed = 0;
  readonly #failed: string[] = [];
  readonly #print: (line: string) => void;

  /** @param print - where lines go */
  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /**
   * Runs one check.
   *
   * @param run - throws when it does not hold; may return a few words worth saying, as text
   * @returns whether it held
   */
  async step(name: string, run: () => Promise<unknown>): Promise<boolean> {
    const begin = performance.now();
    try {
      const note = await run();
      this.#passed += 1;
      this.#print(
        `ok    ${name}${typeof note === 'string' ? `: ${note}` : ''} (${duration(performance.now() - begin)})`,
      );
      return true;
    } catch (error) {
      this.#failed.push(name);
      const message = error instanceof Error ? error.message : String(error);
      this.#print(`FAIL  ${name} (${duration(performance.now() - begin)})`);
      for (const line of message.trimEnd().split('\n')) this.#print(`      ${line}`);
      return false;
    }
  }

  /** Adds checks that were counted elsewhere, e.g. those of the smoke test. */
  add(counts: Counts, name: string): void {
    this.#passed += counts.passed;
    for (let count = 0; count < counts.failed; count += 1) this.#failed.push(name);
  }

  /** The count so far. */
  get counts(): Counts {
    return { passed: this.#passed, failed: this.#failed.length };
  }

  /** The closing lines: what failed, then the count alone on its line. */
  closing(): string {
    const names = [...new Set(this.#failed)];
    return [...(names.length > 0 ? [`failed: ${names.join('; ')}`] : []), countsLine(this.counts)].join('\n');
  }
}
