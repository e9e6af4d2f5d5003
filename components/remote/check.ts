import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellQuote } from '../../lib/format/shell.ts';

/** One thing on a machine that is not as the last run of its role left it. */
export interface MachineDifference {
  readonly role: string;
  /** The path or the unit. */
  readonly what: string;
  /** In words, e.g. `has other content`. It holds no content. */
  readonly how: string;
}

/**
 * The shell text that compares a machine with what its roles left there. It goes to the machine each time and so is the
 * one of this checkout, whatever lies there.
 *
 * @param roles - names of the roles that belong on the machine, e.g. `etcd`
 */
export function checkScript(roles: readonly string[]): string {
  const text = readFileSync(join(import.meta.dirname, 'machine', 'check.sh'), 'utf8');
  return `set -- ${roles.map(shellQuote).join(' ')}\n${text}`;
}

/**
 * Reads what {@link checkScript} printed.
 *
 * @throws Error for a line that is none of its own: then it did not run as it should
 */
export function readDifferences(printed: string): MachineDifference[] {
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [role, what, how] = line.split('\t');
      if (!role || !what || !how) throw new Error(`the machine answered with a line of another kind: ${line}`);
      return { role, what, how };
    });
}
