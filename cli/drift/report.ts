import { type HealthProblem, problemSentence } from '../health/problems.ts';
import { makeFor } from '../output/make.ts';
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
  /** What the cluster answers that it should not: members, nodes, the API. */
  readonly cluster: readonly HealthProblem[];
  /** What could not be checked, and why. */
  readonly unchecked: readonly string[];
  readonly roles: readonly AppliedRole[];
  /** How long it took, in milliseconds. */
  readonly took: number;
}

/** 0 without drift, 1 with drift, 2 where something could not be checked. */
export function exitStatus({ unchecked, program, renewals, machines, cluster }: DriftReport): number {
  if (unchecked.length > 0) return 2;
  return program.length + renewals.length + machines.length + cluster.length > 0 ? 1 : 0;
}

const shownProperties = 6;

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** A line for each difference. */
function driftLines({ program, renewals, carried, machines, cluster, unchecked }: DriftReport): string[] {
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
  const seen = cluster.map(problemSentence);
  return [
    ...changes,
    ...found,
    ...seen,
    ...due,
    ...along,
    ...unchecked.map((reason) => `could not check: ${reason.trimEnd()}`),
  ];
}

/** The whole report as text. It names resources, paths and units, and shows no content. */
export function driftText(report: DriftReport): string {
  const { stack, program, renewals, machines, cluster, unchecked, roles, took } = report;
  const hosts = new Set(roles.map(({ machine }) => machine)).size;
  const looked = `${counted(roles.length, 'role')} on ${counted(hosts, 'machine')}, ${duration(took)}`;
  if (exitStatus(report) === 0) return `stack ${stack}: no drift (${looked})`;
  const parts = [
    ...(program.length > 0 ? [`${counted(program.length, 'difference')} in resources`] : []),
    ...(machines.length > 0 ? [`${counted(machines.length, 'difference')} on machines`] : []),
    ...(cluster.length > 0 ? [`${counted(cluster.length, 'problem')} of the cluster`] : []),
    ...(renewals.length > 0 ? [counted(renewals.length, 'certificate to renew', 'certificates to renew')] : []),
    ...(unchecked.length > 0 ? [`${unchecked.length} could not be checked`] : []),
  ];
  return [
    ...driftLines(report),
    `stack ${stack}: ${parts.join(', ')}; nothing was changed (${looked})`,
    ...renderFixes(report),
  ].join('\n');
}

/** What to do about it. An update by itself compares the program with the state, and looks neither at the cloud nor at machines. */
function renderFixes({ stack, program, renewals, machines, cluster }: DriftReport): string[] {
  const differs = program.length + machines.length > 0;
  if (differs)
    return [
      `Fix: put intended changes into the configuration. "${makeFor('repair', stack)}" puts back the others, one machine at a time.`,
    ];
  if (renewals.length > 0) return [`Fix: run "${makeFor('up', stack)}", which renews them.`];
  return cluster.slice(0, 1).map(({ fix }) => `Fix: ${fix}`);
}
