/** What checks of one host share: arguments, results, and which cluster owns a host. */
import type { Lock } from '../../artifacts/lock.ts';
import { type InstalledRole, listInstalledRoles, roleNames } from '../../config/roles.ts';
import type { ClusterConfig, MachineSpec } from '../../config/schema.ts';
import type { HostProblem } from '../diagnostic.ts';
import type { HostFacts } from '../facts.ts';

/** What hosts are checked against. */
export interface CheckContext {
  readonly config: Pick<
    ClusterConfig,
    | 'hosts'
    | 'cni'
    | 'kubeProxyMode'
    | 'nodePortRange'
    | 'loadBalancers'
    | 'weaveNetworkPolicy'
    | 'weaveFastDatapath'
    | 'weaveEncryption'
    | 'stack'
    | 'machinesList'
    | 'derived'
  >;
  readonly lock: Lock;
  /** The identity of the cluster, recorded on its hosts; absent before the first pre-flight. */
  readonly cluster?: string;
}

/** What a check finds, without the host's name. */
export type CheckResult = Omit<HostProblem, 'hosts'>;

/** One check of one host: its part in the cluster against what it is. */
export type Check = (host: MachineSpec, facts: HostFacts, context: CheckContext) => CheckResult[];

/** A problem where a condition holds, nothing where it does not. */
export const reportIf = (holds: boolean, problem: string, fix: string): CheckResult[] =>
  holds ? [{ problem, fix }] : [];

/** Whether a host carries the mark of this cluster. */
export function isOurs(facts: Pick<HostFacts, 'mark'>, { cluster }: Pick<CheckContext, 'cluster'>): boolean {
  return cluster !== undefined && facts.mark.startsWith(cluster);
}

/** Whether a host carries the mark of another cluster. */
export function isForeign(facts: Pick<HostFacts, 'mark'>, context: Pick<CheckContext, 'cluster'>): boolean {
  return facts.mark !== '' && !isOurs(facts, context);
}

/** The roles of this cluster that a host has installed: their files and ports are the cluster's own. */
export function installedRoles(
  facts: Pick<HostFacts, 'mark' | 'roles'>,
  context: Pick<CheckContext, 'cluster'>,
): InstalledRole[] {
  if (!isOurs(facts, context)) return [];
  return (Object.keys(roleNames) as InstalledRole[]).filter((role) => facts.roles.includes(roleNames[role]));
}

/** The roles of a host that are not installed yet. */
export function newRoles(host: MachineSpec, facts: HostFacts, context: CheckContext): InstalledRole[] {
  const installed = installedRoles(facts, context);
  return listInstalledRoles(host).filter((role) => !installed.includes(role));
}
