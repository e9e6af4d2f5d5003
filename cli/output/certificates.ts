import type { HealthProblem } from '../health/problems.ts';
import { makeFor } from './make.ts';

/** The state of a stack's certificates. */
export interface CertificateReport {
  readonly line: string;
  /** The certificates that have expired, as one problem. */
  readonly problems: readonly HealthProblem[];
}

const shownNames = 6;
const HOUR = 3_600_000;

/** Whether an update renews a certificate: its end, RFC 3339, is so many hours away or fewer. */
export const isDue = (end: string, renewalHours: number, now: Date): boolean =>
  Date.parse(end) - now.getTime() <= renewalHours * HOUR;

/**
 * When the certificates expire, or that they have.
 *
 * @param expiry - the end of each, RFC 3339, by name
 * @param now - what it is compared with
 * @param renewalHours - how long before its end an update renews one
 */
export function certificateReport(
  expiry: Readonly<Record<string, string>>,
  stack: string,
  now: Date,
  renewalHours = 720,
): CertificateReport {
  const ends = Object.entries(expiry).sort(([, one], [, other]) => Date.parse(one) - Date.parse(other));
  const [first] = ends;
  if (first === undefined) return { line: 'certificates: none', problems: [] };
  const past = ends.filter(([, end]) => Date.parse(end) <= now.getTime());
  const next = ends[past.length];
  const ahead = next
    ? `the ${past.length > 0 ? 'next' : 'first'} to expire is ${next[0]}, on ${next[1].slice(0, 10)}`
    : 'none is valid';
  const soon = ends.filter(([, end]) => isDue(end, renewalHours, now));
  const due =
    soon.length > 0
      ? `; ${soon.length === 1 ? '1 is' : `${soon.length} are`} due: "${makeFor('up', stack)}" renews ${soon.length === 1 ? 'it' : 'them'}`
      : '';
  if (past.length === 0) return { line: `certificates: ${ends.length}; ${ahead}${due}`, problems: [] };
  const names = past.slice(0, shownNames).map(([name, end]) => `${name} (on ${end.slice(0, 10)})`);
  const more = past.length > shownNames ? ` and ${past.length - shownNames} more` : '';
  const seen = `of ${ends.length} certificates have expired: ${names.join(', ')}${more}`;
  const fix = `Run "${makeFor('up', stack)}", which renews them.`;
  return {
    line: `certificates: ${past.length} of ${ends.length} have expired; ${ahead}`,
    problems: [{ subject: `${past.length}`, seen, fix }],
  };
}
