import { duration } from '../output/time.ts';
import type { AppliedRole, FoundOnMachine } from './machines.ts';
import type { ProgramDifference, Renewal } from './program.ts';

/** The drift of one stack. */
export interface DriftReport {
  readonly stack: string;
  readonly program: readonly ProgramDifference[];
  readonly renewals: readonly Renewal[];
  /** How many updates of resources come with the renewals. */
  readonly carried: number;
  readonly machines: readonly FoundOnMachine[];
  /** What could not be checked, and why. */
  readonly unchecked: readonly string[];
  readonly roles: readonly AppliedRole[];
  /** How long it took, in milliseconds. */
  readonly took: number;
}

/** 0 without drift, 1 with drift, 2 where something could not be checked. */
export function exitStatus({ unchecked, program, renewals, machines }: DriftReport): number {
  if (unchecked.length > 0) return 2;
  return program.length + renewals.length + machines.length > 0 ? 1 : 0;
}

const shownProperties = 6;

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** A line for each difference. */
function driftLines({ program, renewals, carried, machines, unchecked }: DriftReport): string[] {
  const changes = program.map(({ room, resource, change, properties }) => {
    const more = properties.length > shownProperties ? [`and ${properties.length - shownProperties} more`] : [];
    const which = [...properties.slice(0, shownProperties), ...more].join(', ');
    return `${room}: ${resource}: an update would ${change} it${which ? `: ${which}` : ''}`;
  });
  const found = machines.map(({ machine, role, what, how }) => `${machine}: ${role}: ${what} ${how}`);
  const due = [...renewals]
    .sort((one, other) => (one.ends < other.ends ? -1 : 1))
    .map(({ name, ends }) => `certificate ${name} expires ${ends}: an update would renew it`);
  const along = carried > 0 ? [`${counted(carried, 'update')} would distribute these certificates`] : [];
  return [...changes, ...found, ...due, ...along, ...unchecked.map((reason) => `could not check: ${reason.trimEnd()}`)];
}

/** The whole report as text. It names resources, paths and units, and shows no content. */
export function driftText(report: DriftReport): string {
  const { stack, program, renewals, machines, unchecked, roles, took } = report;
  const hosts = new Set(roles.map(({ machine }) => machine)).size;
  const looked = `${counted(roles.length, 'role')} on ${counted(hosts, 'machine')}, ${duration(took)}`;
  if (exitStatus(report) === 0) return `stack ${stack}: no drift (${looked})`;
  const parts = [
    ...(program.length > 0 ? [`${counted(program.length, 'difference')} in resources`] : []),
    ...(machines.length > 0 ? [`${counted(machines.length, 'difference')} on machines`] : []),
    ...(renewals.length > 0 ? [counted(renewals.length, 'certificate to renew', 'certificates to renew')] : []),
    ...(unchecked.length > 0 ? [`${unchecked.length} could not be checked`] : []),
  ];
  return [
    ...driftLines(report),
    `stack ${stack}: ${parts.join(', ')}; nothing was changed (${looked})`,
    ...renderFixes(report),
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
function renderFixes({ stack, program, renewals, machines, roles }: DriftReport): string[] {
  const up = stack === 'dev' ? 'make up' : `make up STACK=${stack}`;
  const refreshed = `. .hardway/env; pulumi up --refresh --stack ${stack}`;
  const hit = roles.filter(({ machine, role }) => machines.some((one) => owns(one, machine, role)));
  const steps = [
    ...(program.length > 0 ? [`resources: ${refreshed}`] : []),
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
  const rule = hit.length > 1 ? ', one role at a time, each once the previous one is healthy' : '';
  return [`Fix: put intended changes into the configuration. To revert the others${rule}:`, ...steps];
}
