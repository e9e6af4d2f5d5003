import { type EngineEvent, plain, readUrn } from '../pulumi/events.ts';
import { hintFor } from './hints.ts';

/** Lines kept of a failure's message: the reason is at its end. */
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
  /** The machine that each component of ours is about, and each resource's component. */
  readonly #machines = new Map<string, string>();
  readonly #parents = new Map<string, string>();

  /** Takes one event of the engine. */
  feed(event: EngineEvent): void {
    if (event.resOpFailedEvent) this.#failed.add(event.resOpFailedEvent.metadata.urn);
    const metadata = (event.resourcePreEvent ?? event.resOutputsEvent ?? event.resOpFailedEvent)?.metadata;
    const state = metadata?.new ?? metadata?.old;
    if (metadata && state) this.#place(metadata.urn, state);
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

  #place(urn: string, { inputs, parent }: { inputs?: Record<string, unknown>; parent?: string }): void {
    if (typeof inputs?.machine === 'string') this.#machines.set(urn, inputs.machine);
    if (parent) this.#parents.set(urn, parent);
  }

  #failure(urn: string, machines: readonly string[]): Failure {
    const message = trimMessage((this.#messages.get(urn) ?? []).join('\n'));
    const { room, name, type } = readUrn(urn);
    if (urn === '' || type === 'pulumi:pulumi:Stack') return { what: 'the program', message };
    // A host that leaves is in the configuration no more: its claim names it.
    const machine =
      machines.find((one) => new RegExp(boundary(one)).test(name)) ??
      /^machines-claim-(.+)$/.exec(name)?.[1] ??
      // A gate is named after what it verifies, and its component says where.
      this.#machines.get(urn) ??
      this.#machines.get(this.#parents.get(urn) ?? '');
    return { what: `${name} (${room})`, machine, message };
  }
}

function boundary(machine: string): string {
  return `(^|[^A-Za-z0-9])${machine.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}($|[^A-Za-z0-9])`;
}

/** Drops the text of the command that a failed remote step repeats, and keeps the last lines. */
export function trimMessage(message: string): string {
  const withoutCommand = message.replaceAll(/:?\s*running "(?:[^"\\]|\\.)*":?[ \t]*/g, ': ');
  const lines = once(
    withoutCommand
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== ''),
  );
  const kept = lines.slice(-keptLines);
  const left = lines.length - kept.length;
  return [...(left > 0 ? [`(${left} earlier lines are in the log)`] : []), ...kept].join('\n');
}

/** What differs between two lines of a log that say the same. */
const changing = [
  /\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d[\d.,:+Z-]*/g,
  // The head of a line of Kubernetes' programs: severity, day, time, thread.
  /[A-Z]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+/g,
  /\d\d:\d\d:\d\d(\.\d+)?/g,
  /\[\d+\]/g,
  /counter is at \d+/g,
];

/**
 * Each line once, where it came last: a service that systemd starts again each second says the same each time, and the
 * engine repeats what a step printed. Lines that differ in nothing but times, process ids and counters are the same.
 */
function once(lines: readonly string[]): string[] {
  const found = new Map<string, { line: string; count: number }>();
  for (const line of lines) {
    const key = changing.reduce((text, pattern) => text.replaceAll(pattern, '#'), line);
    const count = (found.get(key)?.count ?? 0) + 1;
    found.delete(key);
    found.set(key, { line, count });
  }
  return [...found.values()].map(({ line, count }) => (count > 1 ? `${line} (${count} times)` : line));
}

/** What is known of a failed update besides its failures. */
export interface Explanation {
  /** The log, as a person would type it. */
  readonly log: string;
  /** The stack, which commands in fixes name. */
  readonly stack: string;
  /** The command that continues it. */
  readonly again: string;
  /** The options that differ from those of the last finished update, as texts. Default none. */
  readonly changed?: readonly string[];
}

/** The text that closes a failed update. */
export function explain(failures: readonly Failure[], { log, stack, again, changed = [] }: Explanation): string {
  const parts = failures.map(({ what, machine, message }) => {
    const where = machine ? `${machine}: ` : '';
    const hint = hintFor(message, machine, stack);
    const lines = [...(message ? [message] : []), ...(hint ? [`Fix: ${hint}`] : [])].join('\n');
    return `${where}${what} failed${lines ? `:\n${lines.replaceAll(/^/gm, '    ')}` : ''}`;
  });
  return [
    ...parts,
    ...(changed.length > 0 ? [`changed since the last finished update: ${changed.join(', ')}`] : []),
    `Log: ${log}`,
    `Fix: correct what is named above, then run "${again}" again; it continues from here.`,
  ].join('\n');
}
