/** The roles of machines, under each of the names that they have. */

/** The roles of machines, in the order in which a machine with several lists them. */
export const machineRoles = ['loadBalancer', 'etcd', 'controller', 'worker'] as const;

/** What a machine does. One machine may do several: a controller with etcd on it is `['etcd', 'controller']`. */
export type Role = (typeof machineRoles)[number];

/** A role as it is installed: `node` is what every worker runs, and a controller that is a node. */
export type InstalledRole = Exclude<Role, 'worker'> | 'node';

/** The name of each installed role on machines, where it is a folder in /var/lib/hardway, and in the state. */
export const roleNames = {
  loadBalancer: 'load-balancer',
  etcd: 'etcd',
  controller: 'control-plane',
  node: 'node',
} as const satisfies Record<InstalledRole, string>;

/** One of {@link roleNames}. */
export type RoleName = (typeof roleNames)[InstalledRole];

/** The roles that a machine installs. */
export function listInstalledRoles({
  roles,
  isNode,
}: {
  readonly roles: readonly Role[];
  readonly isNode: boolean;
}): InstalledRole[] {
  return [...roles.filter((role) => role !== 'worker'), ...(isNode ? (['node'] as const) : [])];
}
