/** Machines that exist: how entries of `hosts` become the lists of machines by role, and how each is reached. Pure. */
import type { z } from 'zod';
import { type HostRecord, recordedHost } from '../host-record.ts';
import { fullKey, type Settings } from '../options/index.ts';
import type { Role } from '../roles.ts';
import type { ClusterConfig, HostAccess, Login } from '../schema.ts';
import { type MachineList, machineLists, type PartialHost, type PartialMachine } from '../validate/partial-config.ts';

type Host = Settings['hosts'][number];

/** By which of its roles a host is counted when it has some that do not go together; a rule complains of those. */
const homes = ['controllers', 'workers', 'loadBalancers', 'etcdMembers'] as const;

/** The lists in which a host with these roles stands: one, and etcd on a controller in both. */
function listsOf(roles: readonly Role[]): MachineList[] {
  const home = homes.find((list) => roles.includes(machineLists[list]));
  if (home === undefined) return [];
  return home === 'controllers' && roles.includes('etcd') ? [home, 'etcdMembers'] : [home];
}

/** The settings that hosts stand for: who has each role. Nothing when an entry is faulty. */
export function listsOfHosts(hosts: readonly Host[] | undefined): Record<MachineList, Host[] | undefined> {
  const lists = Object.keys(machineLists) as MachineList[];
  const entries = lists.map((list) => [list, hosts?.filter(({ roles }) => listsOf(roles).includes(list))]);
  return Object.fromEntries(entries) as Record<MachineList, Host[] | undefined>;
}

/** The entries with the fields that no issue is about. */
export function partialHosts(value: unknown, issues: readonly z.core.$ZodIssue[]): PartialHost[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: unknown, index) => {
    const fields = typeof entry === 'object' && entry !== null ? Object.entries(entry) : [];
    const isSound = (field: string): boolean => !issues.some(({ path: [i, key] }) => i === index && key === field);
    return { ...Object.fromEntries(fields.filter(([field]) => isSound(field))), path: `${fullKey('hosts')}[${index}]` };
  });
}

/** The entries with the architectures that their hosts turned out to have, where they name none. */
export function withRecorded(
  hosts: readonly PartialHost[],
  settings: Partial<Settings>,
  record: HostRecord | undefined,
): PartialHost[] {
  return hosts.map((host) => {
    if (host.architecture !== undefined || host.name === undefined) return host;
    // With faults about, the address may not be known: the record is then of no use, and nothing comes of it.
    const access = accessOf({ ...host, bastion: host.bastion ?? settings.bastion ?? {} } as Host, settings as Settings);
    const found = recordedHost(record, host.name, access)?.architecture;
    return found === undefined ? host : { ...host, architecture: found };
  });
}

/** What the rules about lists of machines look at: each host in the lists of its roles. */
export function machinesOfHosts(hosts: readonly PartialHost[]): PartialMachine[] {
  return hosts.flatMap(({ path, roles = [], name, address, podCidr, architecture }) =>
    listsOf(roles).map((list) => {
      // Said once: what stands for etcd on a controller only names it.
      const described =
        list === 'etcdMembers' && roles.includes('controller') ? {} : { address, podCidr, architecture };
      const sound = Object.entries({ name, ...described }).filter(([, each]) => each !== undefined);
      return { list, path, namePath: `${path}.name`, ...Object.fromEntries(sound) };
    }),
  );
}

type LoginFields = Pick<Host, 'user' | 'port' | 'keyFile' | 'privateKey' | 'hostKey'>;

function keyOf(own: LoginFields, settings: Settings): Login['key'] {
  if (own.keyFile) return { file: own.keyFile };
  if (own.privateKey) return { text: own.privateKey };
  if (settings.sshKeyFile) return { file: settings.sshKeyFile };
  return settings.sshPrivateKey ? { text: settings.sshPrivateKey } : 'agent';
}

function loginOf(address: string, own: LoginFields, settings: Settings): Login {
  return {
    address,
    port: own.port ?? settings.sshPort,
    user: own.user ?? settings.sshUser,
    key: keyOf(own, settings),
    ...(own.hostKey === undefined ? {} : { hostKey: own.hostKey }),
  };
}

/** How a host is reached: what its entry says, else what the keys for all hosts say. */
export function accessOf(host: Host, settings: Settings): HostAccess {
  const bastion = host.bastion ?? settings.bastion;
  return {
    ...loginOf(host.sshAddress ?? host.address, host, settings),
    ...(bastion.address === undefined ? {} : { bastion: loginOf(bastion.address, bastion, settings) }),
  };
}

/** The hosts that no pre-flight has looked at where they are now. The program cannot know what goes onto them. */
export function unseenHosts({ machinesList }: Pick<ClusterConfig, 'machinesList'>, record?: HostRecord): string[] {
  return machinesList
    .filter(({ name, access }) => access !== undefined && recordedHost(record, name, access) === undefined)
    .map(({ name }) => name);
}
