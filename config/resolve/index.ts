/** Everything that follows from a sound configuration, computed once: the machines with their addresses and ranges. */

import { nthAddress, nthSubnet, offsetOf, rangeSize, subnetCount, subnetIndex } from '../../lib/ipv4.ts';
import { type HostRecord, recordedHost } from '../host-record.ts';
import type { Settings } from '../options/index.ts';
import type { ClusterConfig, MachineSpec, Role } from '../schema.ts';
import { allocate, type SlotBlock } from './allocate.ts';
import { type AwsLayout, awsAddresses, awsLayout, balancerName, subnetOf } from './aws.ts';
import { accessOf } from './hosts.ts';

type Entry = Settings['workers'][number];
/** The list a machine stands in, by which it gets its address. */
type Home = 'loadBalancer' | 'etcd' | 'controller' | 'worker';
type Homed = Entry & { home: Home };

/** Where each role's addresses begin in a /24; the workers' block ends before the mirror. */
const blockStarts = { loadBalancer: 10, controller: 20, etcd: 40, worker: 100 } as const;
/** Which share of a smaller subnet's free addresses comes before each role's block, in twelfths. */
const twelfthsBefore = { loadBalancer: 0, controller: 2, etcd: 5, worker: 8 } as const;

/** Whether a subnet is too small for the blocks of a /24. */
const isSmall = (subnet: string): boolean => rangeSize(subnet) < 256;

/** The offset that nobody's block has, for the address that moves: before the first block, or behind the last. */
const floatingOffset = (subnet: string): number =>
  isSmall(subnet) ? rangeSize(subnet) - 3 : blockStarts.loadBalancer - 1;

/** The addresses, by offset, that machines of each role prefer in a lab's subnet. */
export function addressBlocks(subnet: string): Record<Home, SlotBlock> {
  const size = rangeSize(subnet);
  const free = size - 4;
  const small = (twelfths: number): number => 2 + Math.floor((free * twelfths) / 12);
  const at = (home: Home): number => (isSmall(subnet) ? small(twelfthsBefore[home]) : blockStarts[home]);
  const block = (home: Home, end: number): SlotBlock => ({ start: at(home), count: end - at(home), step: 1 });
  return {
    loadBalancer: { ...block('loadBalancer', at('controller')), unnumbered: 'first' },
    controller: block('controller', at('etcd')),
    etcd: block('etcd', at('worker')),
    worker: block('worker', isSmall(subnet) ? floatingOffset(subnet) : size - 2),
  };
}

/** Addresses that no machine may have, by offset: network, gateway, mirror, broadcast. */
function reservedOffsets(subnet: string): number[] {
  const size = rangeSize(subnet);
  return [0, 1, size - 2, size - 1];
}

/** By what the moving address is known among the names that get addresses: no machine can be called that. */
const FLOATING = '(floating)';

/** The addresses of a lab's machines by name, and the one that moves between its load balancers. */
function labAddresses(machines: readonly Homed[], settings: Settings): Map<string, string> {
  const subnet = settings.labSubnet;
  const blocks = addressBlocks(subnet);
  const requests = machines.map(({ name, address, home }) => ({
    name,
    block: blocks[home],
    explicit: address === undefined ? undefined : offsetOf(subnet, address),
  }));
  const own = settings.loadBalancerAddress;
  const floating = {
    name: FLOATING,
    block: { start: floatingOffset(subnet), count: 1, step: 1, unnumbered: 'first' } as const,
    explicit: own === '' ? undefined : offsetOf(subnet, own),
  };
  const all = settings.loadBalancers.length > 1 ? [...requests, floating] : requests;
  const slots = allocate(all, rangeSize(subnet), reservedOffsets(subnet));
  return new Map([...slots].map(([name, offset]) => [name, nthAddress(subnet, offset)]));
}

/** The addresses of machines that exist, as their entries have them. */
function hostAddresses({ hosts, loadBalancers, loadBalancerAddress }: Settings): Map<string, string> {
  const floating = loadBalancers.length > 1 ? [[FLOATING, loadBalancerAddress] as const] : [];
  return new Map([...hosts.map(({ name, address }) => [name, address] as const), ...floating]);
}

/** Every machine's address by name, and the moving one's, by where the machines come from. */
function addressesOf(machines: readonly Homed[], settings: Settings): Map<string, string> {
  const by = {
    lab: () => labAddresses(machines, settings),
    hosts: () => hostAddresses(settings),
    aws: () => awsAddresses(machines, settings),
  };
  return by[settings.machines]();
}

/** Pod ranges: workers count up from the first, controllers down from the last, so that neither moves the other. */
function podRanges(nodes: readonly Homed[], podCidr: string, prefix: number): Map<string, string> {
  const count = subnetCount(podCidr, prefix);
  const up: SlotBlock = { start: 0, count, step: 1 };
  const down: SlotBlock = { start: count - 1, count, step: -1 };
  const requests = nodes.map(({ name, podCidr: own, home }) => ({
    name,
    block: home === 'worker' ? up : down,
    explicit: own === undefined ? undefined : subnetIndex(podCidr, own),
  }));
  return new Map([...allocate(requests, count)].map(([name, index]) => [name, nthSubnet(podCidr, prefix, index)]));
}

function allocated<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`nothing is allocated for ${name}`);
  return value;
}

function homed(settings: Settings): { machines: Homed[]; etcdNames: string[] } {
  const { controllers, workers, loadBalancers, etcdMembers } = settings;
  const controllerNames = controllers.map(({ name }) => name);
  const etcdNames = etcdMembers.length === 0 ? controllerNames : etcdMembers.map(({ name }) => name);
  const home = (entries: readonly Entry[], role: Home): Homed[] => entries.map((entry) => ({ ...entry, home: role }));
  const ownEtcd = etcdMembers.filter(({ name }) => !controllerNames.includes(name));
  const machines = [
    ...home(loadBalancers, 'loadBalancer'),
    ...home(ownEtcd, 'etcd'),
    ...home(controllers, 'controller'),
    ...home(workers, 'worker'),
  ];
  return { machines, etcdNames };
}

function machineSpecs(
  { machines, etcdNames }: ReturnType<typeof homed>,
  settings: Settings,
  addresses: ReadonlyMap<string, string>,
  { record, layout }: { record: HostRecord | undefined; layout: AwsLayout | undefined },
): MachineSpec[] {
  const { controllersAsNodes, cni } = settings;
  const isNode = (machine: Homed): boolean =>
    machine.home === 'worker' || (machine.home === 'controller' && controllersAsNodes);
  const ranges =
    cni === 'bridge'
      ? podRanges(machines.filter(isNode), settings.podCidr, settings.podCidrPrefixLength)
      : new Map<string, string>();
  return machines.map((machine) => {
    const also: Role[] = machine.home === 'controller' && etcdNames.includes(machine.name) ? ['etcd'] : [];
    const podCidr = ranges.get(machine.name);
    const address = allocated(addresses, machine.name);
    const subnetIndex = subnetOf(layout?.subnets ?? [], address);
    const zone = layout?.subnets[subnetIndex]?.zone;
    const entry = settings.machines === 'hosts' ? settings.hosts.find(({ name }) => name === machine.name) : undefined;
    const access = entry === undefined ? undefined : accessOf(entry, settings);
    const found = recordedHost(record, machine.name, access)?.architecture;
    return {
      name: machine.name,
      roles: [...also, machine.home],
      address,
      architecture: machine.architecture ?? found ?? settings.architecture,
      isNode: isNode(machine),
      ...(podCidr === undefined ? {} : { podCidr }),
      tainted: isNode(machine) && machine.home === 'controller',
      ...(access === undefined ? {} : { access }),
      ...(zone === undefined ? {} : { aws: { zone, subnetIndex } }),
    };
  });
}

/**
 * The whole configuration out of settings that no rule has anything against.
 *
 * @param record what is known of hosts: their architecture, where their entry names none
 */
export function resolveConfig(stack: string, settings: Settings, record?: HostRecord): ClusterConfig {
  const found = homed(settings);
  const addresses = addressesOf(found.machines, settings);
  const layout = settings.machines === 'aws' ? awsLayout(settings) : undefined;
  const machinesList = machineSpecs(found, settings, addresses, { record, layout });
  const controlPlaneVip = addresses.get(FLOATING);
  const withRole = (role: Role): MachineSpec[] => machinesList.filter(({ roles }) => roles.includes(role));
  const names = (machines: readonly MachineSpec[]): string[] => machines.map(({ name }) => name);
  const endpoint = withRole('loadBalancer')[0] ?? withRole('controller')[0];
  if (endpoint === undefined) throw new Error('a cluster without controllers has no endpoint');
  const dnsServiceAddress = settings.dnsServiceAddress || nthAddress(settings.serviceCidr, 10);
  return {
    ...settings,
    dnsServiceAddress,
    stack,
    machinesList,
    derived: {
      firstServiceAddress: nthAddress(settings.serviceCidr, 1),
      dnsServiceAddress,
      controlPlaneEndpoint:
        layout?.balancerAddresses === undefined ? (controlPlaneVip ?? endpoint.address) : balancerName(settings),
      ...(controlPlaneVip === undefined ? {} : { controlPlaneVip }),
      ...(layout === undefined ? {} : { aws: layout }),
      gateway: nthAddress(settings.labSubnet, 1),
      mirrorAddress: nthAddress(settings.labSubnet, -2),
      etcdMachines: names(withRole('etcd')),
      controllerMachines: names(withRole('controller')),
      workerMachines: names(withRole('worker')),
      loadBalancerMachines: names(withRole('loadBalancer')),
      nodeMachines: names(machinesList.filter(({ isNode }) => isNode)),
    },
  };
}
