import { type EngineEvent, plain, readUrn } from '../pulumi/events.ts';
import { hintFor } from './hints.ts';

/** Lines kept of a failure's message: its end is where the reason stands. */
const keptLines = 25;

/** One thing that went wrong in an update. */
export interface Failure {
  /** What failed, e.g. `etcd-ctl01-activate (etcd)`, or `the program`. */
  readonly what: string;
  /** The machine it happened on, where the resource's name tells it. */
  readonly machine?: string;
  /** The message, trimmed to the lines that matter. */
  readonly message: string;
}

/** Gathers, while an update runs, what is needed to explain its failure. */
export class Failures {
  readonly #messages = new Map<string, string[]>();
  readonly #failed = new Set<string>();

  /** Takes one event of the engine. */
  feed(event: EngineEvent): void {
    if (event.resOpFailedEvent) this.#failed.add(event.resOpFailedEvent.metadata.urn);
    const diagnostic = event.diagnosticEvent;
    // Debug messages hold every property of every resource, secrets in plain.
    if (!diagnostic || diagnostic.ephemeral || !['info', 'info#err', 'error'].includes(diagnostic.severity)) return;
    if (diagnostic.severity === 'error') this.#failed.add(diagnostic.urn ?? '');
    const key = diagnostic.urn ?? '';
    this.#messages.set(key, [...(this.#messages.get(key) ?? []), plain(diagnostic.message)]);
  }

  /**
   * What failed, in the order of events; consequences (`update failed` on the stack) only when there is nothing else.
   *
   * @param machines - names of the machines, to be found in resource names
   */
  list(machines: readonly string[]): Failure[] {
    const all = [...this.#failed].map((urn) => this.#failure(urn, machines));
    const causes = all.filter((one) => !/^(update failed|resource .* failed.*|)$/.test(one.message));
    return causes.length > 0 ? causes : all;
  }

  #failure(urn: string, machines: readonly string[]): Failure {
    const message = trimMessage((this.#messages.get(urn) ?? []).join('\n'));
    const { room, name, type } = readUrn(urn);
    if (urn === '' || type === 'pulumi:pulumi:Stack') return { what: 'the program', message };
    // A host that leaves is in the configuration no more: its claim names it.
    const machine =
      machines.find((one) => new RegExp(boundary(one)).test(name)) ?? /^machines-claim-(.+)$/.exec(name)?.[1];
    return { what: `${name} (${room})`, machine, message };
  }
}

function boundary(machine: string): string {
  return `(^|[^A-Za-z0-9])${machine.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}($|[^A-Za-z0-9])`;
}

/** Drops the text of the command that a failed remote step repeats, and keeps the last lines. */
export function trimMessage(message: string): string {
  const withoutCommand = message.replaceAll(/:?\s*running "(?:[^"\\]|\\.)*":?[ \t]*/g, ': ');
  const lines = withoutCommand
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  const kept = lines.slice(-keptLines);
  const left = lines.length - kept.length;
  return [...(left > 0 ? [`(${left} lines before this are in the log)`] : []), ...kept].join('\n');
}

/** The text that closes a failed update. */
export function explain(failures: readonly Failure[], logPath: string, next: string): string {
  const parts = failures.map(({ what, machine, message }) => {
    const where = machine ? `${machine}: ` : '';
    const hint = hintFor(message, machine);
    const lines = [...(message ? [message] : []), ...(hint ? [`Here: ${hint}`] : [])].join('\n');
    return `${where}${what} failed${lines ? `:\n${lines.replaceAll(/^/gm, '    ')}` : ''}`;
  });
  return [...parts, `Log: ${logPath}`, next].join('\n');
}
