/** What the pre-flight has to say. Pure. */

/** One fault, or one warning, about one host or several. */
export interface HostDiagnostic {
  /** Whom it is about: names of hosts, or a bastion. */
  readonly about: readonly string[];
  /** What was found, and what is needed: a sentence that goes on after the hosts' names. */
  readonly found: string;
  /** The way out, as sentences. */
  readonly fix: string;
}

/** What was found about one host, or about several as a whole. */
export interface HostDiagnostics {
  readonly faults: readonly HostDiagnostic[];
  readonly warnings: readonly HostDiagnostic[];
}

/** Names in a sentence, the first few of them. */
export function namesOf(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** One finding as one line. */
export function renderHostDiagnostic({ about, found, fix }: HostDiagnostic): string {
  return `${namesOf(about)}: ${found}. ${fix}`;
}

/** Findings that say the same of several become one about all of them. */
export function mergeDiagnostics(findings: readonly HostDiagnostic[]): HostDiagnostic[] {
  const byText = new Map<string, HostDiagnostic>();
  for (const each of findings) {
    const text = `${each.found}\n${each.fix}`;
    const before = byText.get(text);
    byText.set(text, before === undefined ? each : { ...each, about: [...before.about, ...each.about] });
  }
  return [...byText.values()];
}

/** The error that stops a run: every fault of every host at once. */
export class PreflightError extends Error {
  /** @param total how many hosts were looked at */
  constructor(stack: string, all: readonly HostDiagnostic[], total: number) {
    const faults = mergeDiagnostics(all);
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    const hosts = total === 1 ? 'one host' : `${total} hosts`;
    super(
      [
        `the pre-flight of stack ${stack} looked at ${hosts} and found ${count}; no host was changed:`,
        ...faults.map(renderHostDiagnostic),
      ].join('\n'),
    );
    this.name = 'HostsError';
  }
}
