import type { EngineEvent } from '../../../cli/pulumi/events.ts';

/** A URN in the project's dev stack. */
export function urn(types: string, name: string): string {
  return `urn:pulumi:dev::hardway::${types}::${name}`;
}

function metadata(room: string, name: string, op: string, custom: boolean) {
  const type = custom ? 'command:remote:Command' : `hardway:${room}:Room`;
  const types = custom ? `hardway:${room}:Room$${type}` : type;
  const state = { type, urn: urn(types, name), custom, id: '', parent: '', inputs: {}, outputs: {}, provider: '' };
  return { op, urn: urn(types, name), type, provider: '', new: state } as never;
}

const event = (fields: Partial<EngineEvent>): EngineEvent => ({ sequence: 1, timestamp: 0, ...fields });

/** A resource's operation begins. */
export const pre = (room: string, name: string, op = 'create', custom = true): EngineEvent =>
  event({ resourcePreEvent: { metadata: metadata(room, name, op, custom) } });

/** A resource's operation has ended well. */
export const outputs = (room: string, name: string, op = 'create'): EngineEvent =>
  event({ resOutputsEvent: { metadata: metadata(room, name, op, true) } });

/** A resource's operation has failed. */
export const failed = (room: string, name: string, op = 'create'): EngineEvent =>
  event({ resOpFailedEvent: { metadata: metadata(room, name, op, true), status: 0, steps: 0 } });

/** A message, about a resource of a room when one is named. */
export function diagnostic(
  severity: 'debug' | 'info' | 'warning' | 'error',
  message: string,
  about?: { room: string; name: string },
): EngineEvent {
  const where = about && urn(`hardway:${about.room}:Room$command:remote:Command`, about.name);
  return event({
    diagnosticEvent: { severity: severity as 'info', message, color: 'never', ...(where ? { urn: where } : {}) },
  });
}

/** The update's end. */
export const summary = (resourceChanges: Record<string, number>): EngineEvent =>
  event({ summaryEvent: { maybeCorrupt: false, durationSeconds: 1, resourceChanges, policyPacks: {} } });
