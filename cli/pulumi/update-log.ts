import { createWriteStream, type WriteStream } from 'node:fs';
import { type EngineEvent, plain, readUrn } from './events.ts';

/** The lines that an engine event is worth in the full log; none for the quiet ones. Properties are never written. */
export function logLines(event: EngineEvent): string[] {
  const time = new Date(event.timestamp * 1000).toISOString().slice(11, 19);
  const step = (what: string, metadata: { op: string; urn: string }) => {
    const { room, name, type } = readUrn(metadata.urn);
    return [`${time} ${what} ${metadata.op} ${room} ${name} (${type})`];
  };
  if (event.resourcePreEvent) {
    return event.resourcePreEvent.metadata.op === 'same' ? [] : step('begin', event.resourcePreEvent.metadata);
  }
  if (event.resOutputsEvent) {
    return event.resOutputsEvent.metadata.op === 'same' ? [] : step('end', event.resOutputsEvent.metadata);
  }
  if (event.resOpFailedEvent) return step('FAILED', event.resOpFailedEvent.metadata);
  const { diagnosticEvent: diagnostic, summaryEvent: summary } = event;
  // The engine's debug messages hold every property of every resource, secrets in plain.
  if (diagnostic && !diagnostic.ephemeral && ['info', 'info#err', 'warning', 'error'].includes(diagnostic.severity)) {
    const where = diagnostic.urn ? ` ${readUrn(diagnostic.urn).name}` : '';
    return [`${time} ${diagnostic.severity}${where}: ${plain(diagnostic.message).trimEnd()}`];
  }
  if (summary) return [`${time} summary ${JSON.stringify(summary.resourceChanges)}, ${summary.durationSeconds} s`];
  return [];
}

/** A log file that only its owner reads. */
export class UpdateLog {
  readonly path: string;
  readonly #stream: WriteStream;

  /** @param path - created anew */
  constructor(path: string) {
    this.path = path;
    this.#stream = createWriteStream(path, { mode: 0o600 });
  }

  /** Writes lines. */
  write(lines: readonly string[]): void {
    for (const line of lines) this.#stream.write(`${line}\n`);
  }

  /** Returns once everything is on the disk. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#stream.end(resolve));
  }
}
