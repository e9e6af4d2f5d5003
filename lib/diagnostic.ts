/** What every check reports: of the configuration, of hosts, of this machine. */

/** An error stops a run before anything is changed; a warning does not. */
export type Severity = 'error' | 'warning';

/** One problem, and what to do about it. */
export interface Diagnostic {
  readonly severity: Severity;
  /** What is wrong, as the rest of a sentence whose subject comes before it. */
  readonly problem: string;
  /** What to do, as sentences. */
  readonly fix: string;
}

/**
 * Writes a diagnostic on one line.
 *
 * @param subject - what it is about: a value of the configuration, hosts
 */
export function renderLine(subject: string, { problem, fix }: Pick<Diagnostic, 'problem' | 'fix'>): string {
  return `${subject} ${problem}. Fix: ${fix}`;
}

/** `1 error`, `2 errors`. */
export function countErrors(count: number): string {
  return count === 1 ? '1 error' : `${count} errors`;
}
