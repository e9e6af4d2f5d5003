import { type EngineEvent, plain, readUrn } from '../pulumi/events.ts';
import { duration } from './time.ts';

/** Operations that change nothing and are therefore not worth a line. */
const quiet = new Set(['same', 'read', 'read-replacement', 'refresh', 'read-discard', 'discard-replaced']);
/** How long a room must have nothing in flight before its count is printed, in milliseconds. */
const settled = 1500;

/** What the engine says once for each plugin that is not the publisher's own: known, and nothing to act on. */
export const knownWarning = /using pulumi-[a-z-]+ from \$PATH|resource plugin \S+ is expected to have version/;

const words: Readonly<Record<string, string>> = {
  create: 'created',
  'create-replacement': 'created',
  update: 'updated',
  delete: 'deleted',
  'delete-replaced': 'deleted',
  replace: 'replaced',
};

interface ComponentProgress {
  begin: number;
  last: number;
  /** Operations finished, by their past participle. */
  done: Map<string, number>;
  /** True while something finished that no line has told yet. */
  untold: boolean;
  inFlight: Map<string, { name: string; begin: number }>;
}

/**
 * Condenses a stream of engine events to a line for each room that begins, a line with counts when it has nothing more
 * in flight, and a sign of life in long silences. Knows no clock: times are handed in, in milliseconds.
 */
export class ProgressReporter {
  readonly #rooms = new Map<string, ComponentProgress>();
  readonly #start: number;
  /** Milliseconds of silence before a sign of life. */
  readonly #heartbeat: number;
  #lastLine: number;
  #summary: Readonly<Record<string, number>> = {};

  /**
   * @param start - when the update began, in milliseconds
   * @param heartbeat - milliseconds of silence before a line that names what is in flight. Default 15 000
   */
  constructor(start: number, heartbeat = 15_000) {
    this.#start = start;
    this.#lastLine = start;
    this.#heartbeat = heartbeat;
  }

  /** Takes one event; returns the lines to print now. */
  feed(event: EngineEvent, now: number): string[] {
    if (event.summaryEvent) this.#summary = event.summaryEvent.resourceChanges ?? {};
    const { resourcePreEvent: pre, resOutputsEvent: done, resOpFailedEvent: failed } = event;
    if (pre) return this.#begin(pre.metadata.urn, pre.metadata.op, isCustom(pre.metadata), now);
    if (done) this.#end(done.metadata.urn, words[done.metadata.op] ?? done.metadata.op, now);
    if (failed) this.#end(failed.metadata.urn, 'failed', now);
    const diagnostic = event.diagnosticEvent;
    if (diagnostic?.severity === 'warning' && !diagnostic.ephemeral) return this.#warn(plain(diagnostic.message), now);
    return [];
  }

  /** To be called a few times a second; returns the lines to print now. */
  tick(now: number): string[] {
    const lines: string[] = [];
    for (const [name, room] of this.#rooms) {
      if (room.untold && room.inFlight.size === 0 && now - room.last >= settled) lines.push(this.#told(name, room));
    }
    if (lines.length === 0 && now - this.#lastLine >= this.#heartbeat) {
      const waiting = [...this.#rooms.values()].flatMap((room) => [...room.inFlight.values()]);
      waiting.sort((one, other) => one.begin - other.begin);
      const shown = waiting.slice(0, 4).map((one) => `${one.name} (${duration(now - one.begin)})`);
      const more = waiting.length > shown.length ? ` and ${waiting.length - shown.length} more` : '';
      const idle = this.#rooms.size === 0 ? 'starting the program and its plugins' : 'waiting for the program';
      const what = shown.length > 0 ? `running: ${shown.join(', ')}${more}` : idle;
      lines.push(`  ${duration(now - this.#start)}, ${what}`);
    }
    return this.#printed(lines, now);
  }

  /** Call once when the update has ended; returns what no line has told yet. */
  finish(): string[] {
    return [...this.#rooms].filter(([, room]) => room.untold).map(([name, room]) => this.#told(name, room));
  }

  /** The engine's own count of operations, e.g. `{ create: 40, same: 3 }`. Empty before the update's end. */
  get changes(): Readonly<Record<string, number>> {
    return this.#summary;
  }

  #begin(urn: string, op: string, custom: boolean, now: number): string[] {
    if (quiet.has(op) || !custom) return [];
    const { room: roomName, name, type } = readUrn(urn);
    // Providers are the program's plumbing.
    if (type.startsWith('pulumi:providers:')) return [];
    const known = this.#rooms.get(roomName);
    const room = known ?? { begin: now, last: now, done: new Map(), untold: false, inFlight: new Map() };
    this.#rooms.set(roomName, room);
    room.inFlight.set(urn, { name, begin: now });
    return known ? [] : this.#printed([`  ${roomName} …`], now);
  }

  #end(urn: string, word: string, now: number): void {
    const room = this.#rooms.get(readUrn(urn).room);
    if (!room?.inFlight.delete(urn)) return;
    room.done.set(word, (room.done.get(word) ?? 0) + 1);
    room.last = now;
    room.untold = true;
  }

  #warn(message: string, now: number): string[] {
    const [first = ''] = message.trim().split('\n');
    if (first === '' || knownWarning.test(first)) return [];
    return this.#printed([`  warning: ${first}`], now);
  }

  #told(name: string, room: ComponentProgress): string {
    room.untold = false;
    const counts = [...room.done].map(([word, count]) => `${count} ${word}`).join(', ');
    return `  ${name}: ${counts} in ${duration(room.last - room.begin)}`;
  }

  #printed(lines: string[], now: number): string[] {
    if (lines.length > 0) this.#lastLine = now;
    return lines;
  }
}

function isCustom(metadata: { old?: { custom?: boolean }; new?: { custom?: boolean } }): boolean {
  return Boolean(metadata.new?.custom ?? metadata.old?.custom);
}

/** True when an update's count says that nothing was changed. Nothing counted at all is not that. */
export function isUnchanged(changes: Readonly<Record<string, number>>): boolean {
  const counted = Object.entries(changes).filter(([, count]) => count > 0);
  return counted.length > 0 && counted.every(([op]) => quiet.has(op));
}

/** `40 created, 2 updated, 3 unchanged`, or `nothing` for an empty count. */
export function changesText(changes: Readonly<Record<string, number>>): string {
  const parts = Object.entries(changes)
    .filter(([, count]) => count > 0)
    .map(([op, count]) => `${count} ${op === 'same' ? 'unchanged' : (words[op] ?? op)}`);
  return parts.join(', ') || 'nothing';
}
