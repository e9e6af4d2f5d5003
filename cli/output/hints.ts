import { makeFor } from './make.ts';

type Verb = 'up' | 'down' | 'status' | 'forget';

/** A reason of failure that is known, and what to do about it. */
interface Hint {
  readonly reason: RegExp;
  readonly fix: (machine: string, make: (verb: Verb) => string) => string;
}

const hints: readonly Hint[] = [
  {
    reason: /host key mismatch/,
    fix: (machine, make) =>
      `find out whether ${machine} was reinstalled or another machine has its address; no data was sent. ` +
      `A lab machine: run "${make('down')}", then "${make('up')}". A host: write its new key into the config, or remove its entry ` +
      `from hosts.<stack>.yaml. A host that is no longer in the config: run "${make('forget')} HOST=${machine}".`,
  },
  {
    reason: /unable to authenticate|no supported methods remain/,
    fix: (machine) => `add this stack's public key to authorized_keys of the login user on ${machine}.`,
  },
  {
    reason: /dial tcp|no route to host|connection refused|i\/o timeout|handshake .*in time/i,
    fix: (machine, make) =>
      `check that ${machine} runs ("${make('status')}"; "${make('up')}" starts a lab machine that is stopped) and that its ` +
      'network is up: it does not answer over SSH. A permanently lost host: remove it from ' +
      `hardway:hosts, then run "${make('forget')} HOST=${machine}".`,
  },
  {
    reason: /no space left on device|Failure writing output to destination|curl: \(23\)/i,
    fix: (machine) => `free some space: the disk of ${machine} is full.`,
  },
];

/**
 * What to do about a failure whose message does not say it.
 *
 * @param stack - the stack, which commands name
 * @returns `undefined` for reasons that are not known
 */
export function hintFor(message: string, machine = 'the machine', stack = 'dev'): string | undefined {
  return hints.find(({ reason }) => reason.test(message))?.fix(machine, (verb) => makeFor(verb, stack));
}
