/**
 * The configuration as the program sees it: parsed, checked, with everything derived computed once.
 * {@link ClusterConfig} is what every room is handed a part of.
 */
import type { Settings } from './keys.ts';

/** What a machine does. One machine may do several: a controller with etcd on it is `['controller', 'etcd']`. */
export type MachineRole = 'loadBalancer' | 'etcd' | 'controller' | 'worker';

/** A machine of the cluster, with all that is known about it before it exists. */
export interface MachineSpec {
  /** Host name and node name. Distinct in the cluster; a DNS label. */
  readonly name: string;
  /** What it does, in the order load balancer, etcd, controller, worker. */
  readonly roles: readonly MachineRole[];
  /** Its IPv4 address, in the lab's subnet. From the entry, or by its role and the number its name ends in. */
  readonly address: string;
  /** Processor architecture by Go's name (`amd64`). From the entry, or the cluster's default. */
  readonly architecture: string;
  /** Whether it runs kubelet and registers as a node: every worker, and with `controllersAsNodes` the controllers. */
  readonly isNode: boolean;
  /** Its part of the pod range. Only nodes have one, and only when `cni` is `bridge`. */
  readonly podCidr?: string;
  /** Whether its node carries the taint `node-role.kubernetes.io/control-plane:NoSchedule`. False for non-nodes. */
  readonly tainted: boolean;
}

/** Values that follow from others, computed once. */
export interface DerivedConfig {
  /** The API server's address as a service: the first of `serviceCidr`. */
  readonly firstServiceAddress: string;
  /** The DNS service's address: as configured, else the tenth of `serviceCidr`. */
  readonly dnsServiceAddress: string;
  /** Name of the machine that answers for the API: the load balancer, or the first controller when there is none. */
  readonly endpointMachine: string;
  /** Address of {@link endpointMachine}. */
  readonly endpointHost: string;
  /** The lab's gateway, this machine's end of its network: the first address of `labSubnet`. */
  readonly gateway: string;
  /** The lab's artifact mirror: the last usable address of `labSubnet`. */
  readonly mirrorAddress: string;
  /** Names of the etcd members, in the order of `machinesList`. */
  readonly etcdMachines: readonly string[];
  /** Names of the controllers, in the config's order. */
  readonly controllerMachines: readonly string[];
  /** Names of the workers, in the config's order. */
  readonly workerMachines: readonly string[];
  /** Names of the load balancers (none or one), in the config's order. */
  readonly loadBalancerMachines: readonly string[];
  /** Names of the machines that register as nodes: controllers that do, then workers. */
  readonly nodeMachines: readonly string[];
}

/**
 * The whole configuration: the value of every key (their meaning, unit, range and default are in `config/keys.ts`),
 * the stack, the machines and what is derived. `labName` is never empty here, nor is `dnsServiceAddress`.
 */
export interface ClusterConfig extends Readonly<Settings> {
  /** The stack's name. */
  readonly stack: string;
  /** Every machine once: load balancers, etcd members on machines of their own, controllers, workers. */
  readonly machinesList: readonly MachineSpec[];
  /** What follows from the rest. */
  readonly derived: DerivedConfig;
}

/** A machine by its name. Throws when the cluster has none of that name. */
export function machineNamed(config: ClusterConfig, name: string): MachineSpec {
  const found = config.machinesList.find((machine) => machine.name === name);
  if (found === undefined) throw new Error(`the cluster has no machine named ${name}`);
  return found;
}

export type { KeyName, Settings } from './keys.ts';
