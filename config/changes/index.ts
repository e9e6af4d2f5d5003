/** From what stands to what is wanted: the changes that a cluster cannot survive, refused before anything is changed. */
import { UserError } from '../../lib/user-error.ts';
import { type Diagnostic, renderDiagnostics } from '../diagnostic.ts';
import type { ClusterConfig } from '../schema.ts';
import { refusedAddresses } from './addresses.ts';
import { type CreationSettings, creationSettings, refusedSettings } from './creation.ts';
import { refusedMembers, type StandingMember } from './members.ts';
import { type RunningVersions, refusedVersions } from './versions.ts';

export { type CreationSettings, creationSettings } from './creation.ts';
export type { RunningVersions } from './versions.ts';

/** What is known of a cluster that stands. */
export interface StandingCluster {
  /** What it was created with, as far as that is recorded. */
  readonly created: CreationSettings;
  /** The etcd members of the last update that finished. Default: not known. */
  readonly members?: readonly StandingMember[];
  /** Every machine of the last update that finished. Default: not known. */
  readonly machines?: readonly StandingMember[];
  /** Whether the stack records what the cluster was created with. Default true. */
  readonly recorded?: boolean;
  /** The versions of the last update that finished, where one did. */
  readonly versions: Partial<RunningVersions>;
}

/** A change of a standing cluster that is refused; the message has every reason. */
export class RefusedChangeError extends UserError {
  /** What is refused, at least one. */
  readonly errors: readonly Diagnostic[];

  constructor(stack: string, errors: readonly Diagnostic[]) {
    const count = errors.length === 1 ? 'one change' : `${errors.length} changes`;
    super(
      `stack ${stack}: ${count} cannot be made to a cluster that exists; nothing was changed:\n${renderDiagnostics(errors)}\n` +
        'See docs/guides/day-2.md#what-a-cluster-keeps-for-life',
    );
    this.name = 'RefusedChangeError';
    this.errors = errors;
  }
}

/**
 * Compares a standing cluster with its configuration.
 *
 * @throws RefusedChangeError with every refused change at once
 */
export function refuseChanges(standing: StandingCluster, config: ClusterConfig): void {
  const errors = [
    ...refusedSettings(standing.created, creationSettings(config), config.stack),
    ...refusedMembers(standing.members ?? [], standing.recorded ?? true, config),
    ...refusedAddresses(standing.machines ?? [], config),
    ...refusedVersions(standing.versions, config),
  ];
  if (errors.length > 0) throw new RefusedChangeError(config.stack, errors);
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The entries that are texts. */
function texts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => text(entry[1]) !== undefined),
  );
}

/**
 * What a stack's outputs say of its cluster. Stacks that were last updated before the settings were recorded name some of
 * them as outputs of their own.
 *
 * @param outputs - the outputs of the stack; empty where there is no cluster yet
 */
export function standingFrom(outputs: Readonly<Record<string, unknown>>): StandingCluster {
  const { clusterName, clusterDomain, serviceCidr, podCidr, dnsServiceAddress } = outputs;
  const older = texts({
    clusterName,
    clusterDomain,
    serviceCidr,
    podCidr,
    dnsServiceAddress,
    cni: record(outputs.podNetwork).name,
    machines: outputs.machineSource,
  });
  return {
    created: { ...older, ...texts(record(outputs.createdWith)) },
    members: machinesFrom(outputs.machines, 'etcd'),
    machines: machinesFrom(outputs.machines),
    recorded: outputs.createdWith !== undefined,
    versions: texts(record(outputs.versions)),
  };
}

/** The machines that the outputs list; those of one role, where it is given. */
function machinesFrom(machines: unknown, wanted?: string): StandingMember[] {
  if (!Array.isArray(machines)) return [];
  const has = ({ roles, role }: Record<string, unknown>): boolean =>
    [roles, role].flat().some((each) => wanted === undefined || String(each).split(', ').includes(wanted));
  return machines
    .map(record)
    .filter(has)
    .map(({ name, address }) => ({ name: String(name), address: String(address) }));
}
