import { type Check, messageOf, Unmet } from './check.ts';

/** How one check went. */
export interface Outcome {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** Milliseconds. */
  readonly took: number;
}

/** How a run is done. */
export interface RunOptions {
  /** Where lines go. */
  readonly print: (line: string) => void;
  /** Aborts when the run is interrupted: what runs ends, what has not begun does not. */
  readonly signal: AbortSignal;
  /** How many checks run at once. Default 6. */
  readonly atOnce?: number;
}

/** Runs checks, independent ones side by side, and prints a line for each as it ends. */
export async function runChecks(checks: readonly Check[], options: RunOptions): Promise<Outcome[]> {
  const ended = new Map<string, Promise<Outcome>>();
  const slots = new Slots(options.atOnce ?? 6);
  for (const check of checks) {
    for (const need of check.needs ?? []) {
      if (!ended.has(need)) throw new Error(`check "${check.name}" needs "${need}", which does not come before it`);
    }
    const needs = (check.needs ?? []).map((need) => ended.get(need));
    const outcome = (async (): Promise<Outcome> => {
      const before = await Promise.all(needs);
      const missing = before.find((one) => one && one.state !== 'passed');
      return slots.use(() => runOne(check, missing?.name, options));
    })();
    ended.set(check.name, outcome);
  }
  return Promise.all(ended.values());
}

async function runOne(check: Check, missing: string | undefined, { print, signal }: RunOptions): Promise<Outcome> {
  const { name } = check;
  if (check.skip !== undefined) {
    print(`skip  ${name}: ${check.skip}`);
    return { name, state: 'skipped', took: 0 };
  }
  if (missing !== undefined || signal.aborted) {
    print(`FAIL  ${name}: not run, ${missing === undefined ? 'interrupted' : `it needs "${missing}"`}`);
    return { name, state: 'failed', took: 0 };
  }
  const begin = performance.now();
  const limit = check.limitSeconds ?? 60;
  const outOfTime = AbortSignal.timeout(limit * 1000);
  try {
    const note = await check.run(AbortSignal.any([signal, outOfTime]));
    const took = performance.now() - begin;
    const said = [note, check.from?.()].filter(Boolean).join(', ');
    print(`ok    ${name}${said ? `: ${said}` : ''} (${(took / 1000).toFixed(1)} s)`);
    return { name, state: 'passed', took };
  } catch (error) {
    const took = performance.now() - begin;
    const why = signal.aborted ? ', interrupted' : outOfTime.aborted ? `, after its ${limit} s were up` : '';
    print(`FAIL  ${name} (${(took / 1000).toFixed(1)} s${why})`);
    for (const line of failureLines(check, error)) print(`      ${line}`);
    return { name, state: 'failed', took };
  }
}

function failureLines({ tried, from, fix }: Check, error: unknown): string[] {
  const way = [tried, from?.()].filter(Boolean).join(', ');
  const cure = typeof fix === 'function' ? fix() : fix;
  return [
    ...(way ? [`tried:    ${way}`] : []),
    ...(error instanceof Unmet
      ? [`expected: ${error.expected}`, `seen:     ${error.seen}`, ...error.details]
      : [`error: ${messageOf(error)}`]),
    ...(cure ? [`Fix: ${cure}`] : []),
  ];
}

/** Lets a fixed number of things run at once; the others wait in order. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(run: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
