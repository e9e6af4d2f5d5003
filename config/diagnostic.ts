/** What is wrong with a configuration, and how it is said. Pure. */

/** One fault, or one warning, about one value. */
export interface Diagnostic {
  /** Where the value stands: `hardway:workers[1].name`. */
  readonly path: string;
  /** The value found there, as it was written; `undefined` when there is none. */
  readonly value: unknown;
  /** The rule that it breaks, as the end of a sentence whose subject is the value. */
  readonly rule: string;
  /** The way out, as a sentence. */
  readonly fix: string;
}

/** The longest text that a value takes in a message. */
const valueLimit = 72;

/** Keeps what is nobody's to see out of a message, wherever it stands in a value. */
const withoutSecrets = (key: string, value: unknown): unknown => (key === 'privateKey' ? '(secret)' : value);

/** A value as a message shows it: as JSON, without private keys, cut where it is long. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value, withoutSecrets) ?? 'not set';
  return text.length <= valueLimit ? text : `${text.slice(0, valueLimit - 3)}...`;
}

/** One fault as one line: the path, the value, the rule, and the way out. */
export function renderDiagnostic({ path, value, rule, fix }: Diagnostic): string {
  const subject = value === undefined ? path : `${path} = ${showValue(value)}`;
  return `${subject} ${rule}. ${fix}`;
}

/** Every fault, one line each, in their order. */
export function renderDiagnostics(faults: readonly Diagnostic[]): string {
  return faults.map(renderDiagnostic).join('\n');
}

/** The error that stops a run: every fault of the configuration at once. */
export class ConfigError extends Error {
  /** The faults, at least one. */
  readonly faults: readonly Diagnostic[];

  constructor(stack: string, faults: readonly Diagnostic[]) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    super(`the configuration of stack ${stack} has ${count}; nothing was changed:\n${renderDiagnostics(faults)}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** How many letters must be put in, left out, replaced or swapped with their neighbour to make one word another. */
export function editDistance(one: string, other: string): number {
  let older: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1;
      let cost = Math.min((last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + same);
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped) cost = Math.min(cost, (older[column - 2] ?? 0) + 1);
      next.push(cost);
    }
    older = last;
    last = next;
  }
  return last[other.length] ?? 0;
}

/** The word among known ones that an unknown one most likely means; `undefined` when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const ranked = known
    .map((each) => ({ each, distance: editDistance(lower, each.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.each : undefined;
}
