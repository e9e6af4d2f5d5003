/**
 * The configuration as the program sees it: parsed, checked, with everything derived computed once.
 * {@link ClusterConfig} is what every room is handed a part of.
 */

import type { Settings } from './options/index.ts';
import type { AwsLayout } from './resolve/aws.ts';
import type { Role } from './roles.ts';

/** A machine of the cluster, with all that is known about it before it exists. */
export interface MachineSpec {
  /** Host name and node name. Distinct in the cluster; a DNS label. */
  readonly name: string;
  /** What it does, in the order load balancer, etcd, controller, worker. */
  readonly roles: readonly Role[];
  /**
   * Its IPv4 address inside the cluster. From the entry; in a lab and on AWS also by its role and the number its name
   * ends in.
   */
  readonly address: string;
  /**
   * Processor architecture by Go's name (`amd64`). From the entry; of a host also what it was found to be; else the
   * cluster's default.
   */
  readonly architecture: string;
  /** Whether it runs kubelet and registers as a node: every worker, and with `controllersAsNodes` the controllers. */
  readonly isNode: boolean;
  /** Its part of the pod range. Only nodes have one, and only when `cni` is `bridge`. */
  readonly podCidr?: string;
  /** Whether its node carries the taint `node-role.kubernetes.io/control-plane:NoSchedule`. False for non-nodes. */
  readonly tainted: boolean;
  /** How it is reached. Only machines that exist (`machines: hosts`) have it here. */
  readonly access?: HostAccess;
  /** Where it stands. Only machines on AWS have it. */
  readonly aws?: { readonly zone: string; readonly subnetIndex: number };
}

/** How one login is made: to a host, or to the bastion before it. */
export interface Login {
  /** What SSH dials: an IPv4 address or a DNS name. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Where the private key comes from: a file, a text (a secret), or the agent. */
  readonly key: { readonly file: string } | { readonly text: string } | 'agent';
  /** The pinned host key, `<type> <base64>`; absent when the config pins none. */
  readonly hostKey?: string;
}

/** How a host is reached. */
export interface HostAccess extends Login {
  /** The machine that SSH goes through, if any. */
  readonly bastion?: Login;
}

/** Values that follow from others, computed once. */
export interface DerivedConfig {
  /** The API server's address as a service: the first of `serviceCidr`. */
  readonly firstServiceAddress: string;
  /** The DNS service's address: as configured, else the tenth of `serviceCidr`. */
  readonly dnsServiceAddress: string;
  /**
   * Where the machines of the cluster reach the API: the address that moves between the load balancers, that of the
   * only one, or the first controller's when there is none; with a network load balancer of AWS, its name.
   */
  readonly controlPlaneEndpoint: string;
  /** The address that moves between the load balancers; absent when none does. */
  readonly controlPlaneVip?: string;
  /** What stands in the VPC beside the machines. Only on AWS. */
  readonly aws?: AwsLayout;
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
  /** Names of the load balancers, in the config's order. */
  readonly loadBalancerMachines: readonly string[];
  /** Names of the machines that register as nodes: controllers that do, then workers. */
  readonly nodeMachines: readonly string[];
}

/**
 * The whole configuration: the value of every key (their meaning, unit, range and default are in `config/options/index.ts`),
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

export type { KeyName, Settings } from './options/index.ts';
export type { Role } from './roles.ts';
