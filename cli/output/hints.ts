/** A reason that has a next step of its own, and what that is. */
interface Hint {
  readonly reason: RegExp;
  readonly next: (machine: string) => string;
}

const hints: readonly Hint[] = [
  {
    reason: /host key mismatch/,
    next: (machine) =>
      `something else answers at the address of ${machine}, or ${machine} was made anew behind this program's back. ` +
      'Find out which; nothing was sent to it. If it is yours to replace: a machine of the lab is made anew by "make down" ' +
      'and "make up"; of a host, put its new key into the config, or remove its entry from hosts.<stack>.yaml. A host ' +
      `that was taken out and is another machine by now: "make forget HOST=${machine}" with this stack's STACK.`,
  },
  {
    reason: /unable to authenticate|no supported methods remain/,
    next: (machine) => `${machine} does not know this stack's key: look at authorized_keys of the user that logs in.`,
  },
  {
    reason: /dial tcp|no route to host|connection refused|i\/o timeout|handshake .*in time/i,
    next: (machine) =>
      `${machine} does not answer over SSH: see that it runs ("make status"; a machine of the lab starts with ` +
      '"docker start <lab>-<machine>") and that its network is up. A host that is gone for good: remove it from ' +
      `hardway:hosts, then "make forget HOST=${machine}" with this stack's STACK lets go of it.`,
  },
  {
    reason: /no space left on device|Failure writing output to destination|curl: \(23\)/i,
    next: (machine) => `the disk of ${machine} is full: free some of it.`,
  },
];

/** What to do about a failure whose message alone does not say it, or undefined. */
export function hintFor(message: string, machine = 'the machine'): string | undefined {
  return hints.find(({ reason }) => reason.test(message))?.next(machine);
}
