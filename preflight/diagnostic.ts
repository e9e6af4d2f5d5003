/** Errors and warnings of the pre-flight, and how they are written. */
import { countErrors, type Diagnostic, renderLine, type Severity } from '../lib/diagnostic.ts';
import { UserError } from '../lib/user-error.ts';

/** An error or a warning about one host or several. */
export interface HostDiagnostic extends Diagnostic {
  /** Names of the hosts it is about, or what else: a bastion, this machine. */
  readonly hosts: readonly string[];
}

/** What a check finds: whether it is an error or a warning is the check's list to say. */
export type HostProblem = Omit<HostDiagnostic, 'severity'>;

/** What was found about one host, or about several as a whole. */
export interface HostDiagnostics {
  readonly errors: readonly HostDiagnostic[];
  readonly warnings: readonly HostDiagnostic[];
}

/** Adds the severity to what checks found. */
export function withSeverity(severity: Severity, problems: readonly HostProblem[]): HostDiagnostic[] {
  return problems.map((problem) => ({ severity, ...problem }));
}

/** Names in a sentence, the first few of them. */
export function joinNames(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** One line: hosts, problem, fix. */
export function renderHostDiagnostic(found: HostProblem): string {
  return renderLine(`${joinNames(found.hosts)}:`, found);
}

/** Joins diagnostics that say the same of several hosts into one about all of them. */
export function mergeDiagnostics<D extends HostProblem>(diagnostics: readonly D[]): D[] {
  const byText = new Map<string, D>();
  for (const diagnostic of diagnostics) {
    const text = `${diagnostic.problem}\n${diagnostic.fix}`;
    const earlier = byText.get(text);
    byText.set(
      text,
      earlier === undefined ? diagnostic : { ...diagnostic, hosts: [...earlier.hosts, ...diagnostic.hosts] },
    );
  }
  return [...byText.values()];
}

/**
 * The error that stops a run: every error of every host at once.
 *
 * @param total - how many hosts were checked
 */
export function preflightError(stack: string, all: readonly HostProblem[], total: number): UserError {
  const errors = mergeDiagnostics(all);
  const hosts = total === 1 ? '1 host' : `${total} hosts`;
  const heading = `the pre-flight of stack ${stack} checked ${hosts} and found ${countErrors(errors.length)}; no host was changed:`;
  return new UserError([heading, ...errors.map(renderHostDiagnostic)].join('\n'));
}
