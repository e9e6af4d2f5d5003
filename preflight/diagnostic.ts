/** What the pre-flight has to say. Pure. */

/** One fault, or one warning, about one host or several. */
export interface HostDiagnostic {
  /** Whom it is about: names of hosts, or a bastion. */
  readonly hosts: readonly string[];
  /** What was found, and what is needed: a sentence that goes on after the hosts' names. */
  readonly problem: string;
  /** The way out, as sentences. */
  readonly fix: string;
}

/** What was found about one host, or about several as a whole. */
export interface HostDiagnostics {
  readonly errors: readonly HostDiagnostic[];
  readonly warnings: readonly HostDiagnostic[];
}

/** Names in a sentence, the first few of them. */
export function namesOf(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** One finding as one line. */
export function renderHostDiagnostic({ hosts, problem, fix }: HostDiagnostic): string {
  return `${namesOf(hosts)}: ${problem}. ${fix}`;
}

/** Findings that say the same of several become one about all of them. */
export function mergeDiagnostics(findings: readonly HostDiagnostic[]): HostDiagnostic[] {
  const byText = new Map<string, HostDiagnostic>();
  for (const each of findings) {
    const text = `${each.problem}\n${each.fix}`;
    const before = byText.get(text);
    byText.set(text, before === undefined ? each : { ...each, hosts: [...before.hosts, ...each.hosts] });
  }
  return [...byText.values()];
}

/** The error that stops a run: every fault of every host at once. */
export class PreflightError extends Error {
  /** @param total how many hosts were looked at */
  constructor(stack: string, all: readonly HostDiagnostic[], total: number) {
    const errors = mergeDiagnostics(all);
    const count = errors.length === 1 ? 'one fault' : `${errors.length} faults`;
    const hosts = total === 1 ? 'one host' : `${total} hosts`;
    super(
      [
        `the pre-flight of stack ${stack} looked at ${hosts} and found ${count}; no host was changed:`,
        ...errors.map(renderHostDiagnostic),
      ].join('\n'),
    );
    this.name = 'HostsError';
  }
}
