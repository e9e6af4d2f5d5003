import type { EngineEvent } from '@pulumi/pulumi/automation/events.js';

export type { EngineEvent };

/** Room, name and type of a resource, as its URN tells them. */
export interface ResourceName {
  /** The room of the program, e.g. `etcd`; `program` for what has no room. */
  readonly room: string;
  /** The resource's own name, e.g. `etcd-ctl01-stage`. */
  readonly name: string;
  /** Its type token, e.g. `command:remote:Command`. */
  readonly type: string;
}

/**
 * Reads a URN: `urn:pulumi:<stack>::<project>::<types from the outermost, joined by $>::<name>`. The room is the
 * middle part of the outermost type of ours, `hardway:<room>:<Class>`.
 */
export function readUrn(urn: string): ResourceName {
  const [, , types = '', ...name] = urn.split('::');
  const chain = types.split('$');
  const room = chain.map((type) => /^hardway:([^:]+):/.exec(type)?.[1]).find((found) => found !== undefined);
  const type = chain.at(-1) ?? '';
  return { room: room ?? (type.startsWith('kubernetes:') ? 'addons' : 'program'), name: name.join('::'), type };
}

/** A message of the engine without its colour marks (`<{%reset%}>`) and terminal codes. */
export function plain(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal codes begin with the escape character
  return message.replaceAll(/<\{%.*?%\}>/g, '').replaceAll(/\u001b\[[0-9;]*m/g, '');
}

/** One event of a line of the engine's event log, or undefined for a line that is not whole or not an event. */
export function parseEvent(line: string): EngineEvent | undefined {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null ? (event as EngineEvent) : undefined;
  } catch {
    return undefined;
  }
}
