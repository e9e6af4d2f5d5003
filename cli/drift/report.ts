import { duration } from '../output/time.ts';
import type { AppliedRole, FoundOnMachine } from './machines.ts';
import type { ProgramDifference, Renewal } from './program.ts';

/** Everything that was found about one stack. */
export interface DriftReport {
  readonly stack: string;
  readonly program: readonly ProgramDifference[];
  readonly renewals: readonly Renewal[];
  /** How many updates of resources come with the renewals. */
  readonly carried: number;
  readonly machines: readonly FoundOnMachine[];
  /** What could not be looked at, and why. */
  readonly faults: readonly string[];
  readonly roles: readonly AppliedRole[];
  /** How long it took, in milliseconds. */
  readonly took: number;
}

/** 0 where nothing differs, 1 where something does, 2 where something could not be looked at. */
export function exitStatus({ faults, program, renewals, machines }: DriftReport): number {
  if (faults.length > 0) return 2;
  return program.length + renewals.length + machines.length > 0 ? 1 : 0;
}

const shownProperties = 6;

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** A line for each thing that differs; none where nothing does. */
function driftLines({ program, renewals, carried, machines, faults }: DriftReport): string[] {
  const changes = program.map(({ room, resource, change, properties }) => {
    const more = properties.length > shownProperties ? [`and ${properties.length - shownProperties} more`] : [];
    const which = [...properties.slice(0, shownProperties), ...more].join(', ');
    return `${room}: ${resource}: an update would ${change} it${which ? `: ${which}` : ''}`;
  });
  const found = machines.map(({ machine, role, what, how }) => `${machine}: ${role}: ${what} ${how}`);
  const due = [...renewals]
    .sort((one, other) => (one.ends < other.ends ? -1 : 1))
    .map(({ name, ends }) => `certificate ${name} ends ${ends}: an update would renew it`);
  const along =
    carried > 0 ? [`${counted(carried, 'update')} would carry these certificates to where they are used`] : [];
  return [...changes, ...found, ...due, ...along, ...faults.map((fault) => `not looked at: ${fault.trimEnd()}`)];
}

/** The whole report, for people. It names resources, paths and units, and shows no content. */
export function driftText(report: DriftReport): string {
  const { stack, program, renewals, machines, faults, roles, took } = report;
  const hosts = new Set(roles.map(({ machine }) => machine)).size;
  const looked = `${counted(roles.length, 'role')} on ${counted(hosts, 'machine')}, ${duration(took)}`;
  if (exitStatus(report) === 0) return `stack ${stack}: as the last update left it (${looked})`;
  const parts = [
    ...(program.length > 0 ? [`${counted(program.length, 'difference')} to the program`] : []),
    ...(machines.length > 0 ? [`${counted(machines.length, 'difference')} on machines`] : []),
    ...(renewals.length > 0 ? [counted(renewals.length, 'certificate to renew', 'certificates to renew')] : []),
    ...(faults.length > 0 ? [`${faults.length} not looked at`] : []),
  ];
  return [
    ...driftLines(report),
    `stack ${stack}: ${parts.join(', ')}; nothing was changed (${looked})`,
    ...nextSteps(report),
  ].join('\n');
}

/** Where staging puts programs. */
const stagedFolder = '/opt/hardway/';

const owns = (one: { machine: string; role: string }, machine: string, role: string): boolean =>
  one.machine === machine && one.role === role;

/**
 * What to do about it. A plain update compares the program with the state and looks neither at the cloud nor at the
 * machines, so each needs a word to it. Replacing a role does not wait for its health, so it is one at a time.
 */
function nextSteps({ stack, program, renewals, machines, roles }: DriftReport): string[] {
  const up = stack === 'dev' ? 'make up' : `make up STACK=${stack}`;
  const refreshed = `. .hardway/env; pulumi up --refresh --stack ${stack}`;
  const hit = roles.filter(({ machine, role }) => machines.some((one) => owns(one, machine, role)));
  const steps = [
    ...(program.length > 0 ? [`to the program: ${refreshed}`] : []),
    ...(program.length === 0 && renewals.length > 0 ? [`certificates: ${up}`] : []),
    ...hit.map((one) => {
      // The role itself only points at its programs.
      const staged = machines.some(
        ({ machine, role, what }) => owns(one, machine, role) && what.startsWith(stagedFolder),
      );
      const urns = [...(staged && one.stage ? [one.stage] : []), one.urn];
      return `${one.role} of ${one.machine}: ${refreshed}${urns.map((urn) => ` --replace '${urn}'`).join('')}`;
    }),
  ];
  if (steps.length === 0) return [];
  const rule = hit.length > 1 ? ', one role at a time, the next once the last is healthy' : '';
  return [`next: what was done on purpose belongs into the configuration. To put the rest back${rule}:`, ...steps];
}
