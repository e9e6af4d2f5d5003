/** What checks of one host share: what they are told, what they say, and whose a host is by its mark. Pure. */
import type { Lock } from '../../artifacts/lock.ts';
import type { ClusterConfig, MachineSpec } from '../../config/schema.ts';
import type { HostDiagnostic } from '../diagnostic.ts';
import type { HostFacts } from '../facts.ts';
import type { MachineRole } from './requirements.ts';

/** What hosts are looked at for. */
export interface CheckContext {
  readonly config: Pick<
    ClusterConfig,
    | 'hosts'
    | 'cni'
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
  /** The identity of the cluster, with which its hosts are marked; absent before the first pre-flight. */
  readonly cluster?: string;
}

/** What a check says: faults and warnings without the host's name. */
export type CheckResult = Omit<HostDiagnostic, 'about'>;

/** One look at the facts of one host. */
export type Check = (host: MachineSpec, facts: HostFacts, context: CheckContext) => CheckResult[];

/** A finding where something holds. */
export const reportIf = (holds: boolean, found: string, fix: string): CheckResult[] => (holds ? [{ found, fix }] : []);

/** Everything a machine does, nodes included. */
export function listRoles({ roles, isNode }: Pick<MachineSpec, 'roles' | 'isNode'>): MachineRole[] {
  return [...roles.filter((role) => role !== 'worker'), ...(isNode ? (['node'] as const) : [])];
}

/** Whether a host carries the mark of this cluster. */
export function isOurs(facts: Pick<HostFacts, 'mark'>, { cluster }: Pick<CheckContext, 'cluster'>): boolean {
  return cluster !== undefined && facts.mark.startsWith(cluster);
}

/** Whether a host carries the mark of another cluster. */
export function isForeign(facts: Pick<HostFacts, 'mark'>, context: Pick<CheckContext, 'cluster'>): boolean {
  return facts.mark !== '' && !isOurs(facts, context);
}

/** Under which names roles lie in /var/lib/hardway. */
const folders: Readonly<Record<MachineRole, string>> = {
  loadBalancer: 'load-balancer',
  etcd: 'etcd',
  controller: 'control-plane',
  node: 'node',
};

/** What a host already does in this cluster: what lies and listens there for that is the cluster's own. */
export function installedRoles(
  facts: Pick<HostFacts, 'mark' | 'roles'>,
  context: Pick<CheckContext, 'cluster'>,
): MachineRole[] {
  if (!isOurs(facts, context)) return [];
  return (Object.keys(folders) as MachineRole[]).filter((duty) => facts.roles.includes(folders[duty]));
}

/** What a host is to do that it does not do yet. */
export function newRoles(host: MachineSpec, facts: HostFacts, context: CheckContext): MachineRole[] {
  const there = installedRoles(facts, context);
  return listRoles(host).filter((duty) => !there.includes(duty));
}
