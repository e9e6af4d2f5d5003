/** What is known of a configuration before it is known to be right: the material of the rules in `config/validate/`. */
import type { Lock } from '../../artifacts/lock.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey, type KeyName, type Settings } from '../options/index.ts';
import type { Role } from '../roles.ts';

/** The keys that list machines, and what the machines listed there do. */
export const machineLists = {
  loadBalancers: 'loadBalancer',
  etcdMembers: 'etcd',
  controllers: 'controller',
  workers: 'worker',
} as const satisfies Partial<Record<KeyName, Role>>;

/** A key that lists machines. */
export type MachineList = keyof typeof machineLists;

/** One entry of a list of machines, with the fields that hold up on their own. */
export interface PartialMachine {
  /** The list it stands in; for a host, the one that its role means. */
  readonly list: MachineList;
  /** The entry's path: `hardway:workers[1]`, or `hardway:hosts[1]`. */
  readonly path: string;
  /** The path of its name: that of the entry when the entry is only a name. */
  readonly namePath: string;
  readonly name?: string;
  readonly address?: string;
  readonly podCidr?: string;
  readonly architecture?: string;
}

/** One entry of `hosts`, with the fields that hold up on their own. */
export type PartialHost = Partial<Settings['hosts'][number]> & {
  /** The entry's path: `hardway:hosts[1]`. */
  readonly path: string;
};

/** A configuration whose single values have been looked at, and whose rules across values have not. */
export interface PartialConfig {
  /** The values that hold up on their own. A key whose value does not is missing; so is a list with a faulty entry. */
  readonly settings: Partial<Settings>;
  /**
   * Every entry of every list of machines, the faulty ones with what is left of them. Of hosts, one for each role that
   * makes a machine, and one more for etcd on a controller.
   */
  readonly machines: readonly PartialMachine[];
  /** Every entry of `hosts`, the faulty ones with what is left of them; none where the machines are no hosts. */
  readonly hosts: readonly PartialHost[];
  /** The keys that the stack sets itself, whether to their default or not. */
  readonly given: ReadonlySet<KeyName>;
  /** The artifact lock. */
  readonly lock: Lock;
  /** This computer's architecture, where it is known. */
  readonly computer?: string;
}

/** A rule across values. It says nothing about values that are missing from the draft. */
export type Rule = (draft: PartialConfig) => Diagnostic[];

/** Whether the machines are ones that exist. */
export const ofHosts = ({ settings }: PartialConfig): boolean => settings.machines === 'hosts';

/** Where machines of a list are said: the list, or `hosts` where the machines are hosts. */
export function listPath(draft: PartialConfig, list: MachineList): string {
  return fullKey(ofHosts(draft) ? 'hosts' : list);
}

/** The ranges that are in use: a lab's network only where there is a lab, a VPC only on AWS. */
export function rangesInUse({
  settings,
}: PartialConfig): Partial<Pick<Settings, 'labSubnet' | 'vpcCidr' | 'podCidr' | 'serviceCidr'>> {
  const { podCidr, serviceCidr, labSubnet, vpcCidr, machines } = settings;
  return {
    ...(machines === 'lab' ? { labSubnet } : {}),
    ...(machines === 'aws' ? { vpcCidr } : {}),
    podCidr,
    serviceCidr,
  };
}

/** The entries of one list. */
export function entriesOf(draft: PartialConfig, list: MachineList): PartialMachine[] {
  return draft.machines.filter((machine) => machine.list === list);
}

/** Whether an etcd member is one of the controllers, and so no machine of its own. */
export function isOnController(draft: PartialConfig, machine: PartialMachine): boolean {
  return machine.list === 'etcdMembers' && entriesOf(draft, 'controllers').some(({ name }) => name === machine.name);
}

/** The entries that stand for a machine of their own: all but the etcd members that name a controller. */
export function ownMachines(draft: PartialConfig): PartialMachine[] {
  return draft.machines.filter((machine) => machine.name === undefined || !isOnController(draft, machine));
}

/** Whether the machine of an entry becomes a node. */
export function becomesNode(draft: PartialConfig, machine: PartialMachine): boolean {
  return machine.list === 'workers' || (machine.list === 'controllers' && draft.settings.controllersAsNodes === true);
}
