/**
 * The resources that roles require. Below `least` a cluster does not work, or not for long: an error. Below `advised` it
 * works without reserves: a warning.
 *
 * Sources. Kubernetes asks for 2 GB of memory a machine and 2 processors for the control plane (docs, "Installing
 * kubeadm"; kubeadm itself stops below 1700 MB and 2). kubelet evicts pods when less than 10 % of a disk is free (docs,
 * "Node-pressure Eviction"). etcd keeps up to 2 GB of data by default, in memory and on the disk, with logs and snapshots
 * in addition (etcd docs, "System limits" and "Hardware recommendations"). The binaries of a role take up to 0.6 GB.
 */
import type { InstalledRole } from '../../config/roles.ts';

/** Memory in MiB, free disk in MiB, processors. */
export interface Amount {
  readonly memory: number;
  readonly disk: number;
  readonly cpus: number;
}

const needs: Readonly<Record<InstalledRole, { readonly least: Amount; readonly advised: Amount }>> = {
  loadBalancer: { least: { memory: 192, disk: 512, cpus: 1 }, advised: { memory: 384, disk: 1024, cpus: 1 } },
  etcd: { least: { memory: 448, disk: 3072, cpus: 1 }, advised: { memory: 1700, disk: 8192, cpus: 2 } },
  controller: { least: { memory: 900, disk: 2048, cpus: 1 }, advised: { memory: 1700, disk: 5120, cpus: 2 } },
  node: { least: { memory: 900, disk: 5120, cpus: 1 }, advised: { memory: 1700, disk: 10240, cpus: 1 } },
};

/** Where the data of roles goes, and how much of what they need on disks is for that. */
const places: Readonly<Record<InstalledRole, readonly { readonly folder: string; readonly share: number }[]>> = {
  loadBalancer: [{ folder: '/var/log', share: 1 }],
  etcd: [{ folder: '/var/lib/etcd', share: 1 }],
  controller: [{ folder: '/var/log', share: 1 }],
  node: [
    { folder: '/var/lib/containerd', share: 0.8 },
    { folder: '/var/lib/kubelet', share: 0.2 },
  ],
};

/** What a role needs where, in MiB. */
export function diskPlaces(role: InstalledRole) {
  return places[role].map(({ folder, share }) => ({
    role,
    folder,
    least: needs[role].least.disk * share,
    advised: needs[role].advised.disk * share,
  }));
}

/** What a machine with these roles needs: disks add up, memory and processors are shared. */
export function amountFor(roles: readonly InstalledRole[], level: 'least' | 'advised'): Amount {
  const amounts = roles.map((role) => needs[role][level]);
  const most = (of: (amount: Amount) => number): number => Math.max(0, ...amounts.map(of));
  return {
    memory: most(({ memory }) => memory),
    disk: amounts.reduce((sum, { disk }) => sum + disk, 0),
    cpus: most(({ cpus }) => cpus),
  };
}
