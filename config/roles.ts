/** What machines do. */

/** The roles of machines, in the order in which a machine with several lists them. */
export const machineRoles = ['loadBalancer', 'etcd', 'controller', 'worker'] as const;

/** What a machine does. One machine may do several: a controller with etcd on it is `['etcd', 'controller']`. */
export type Role = (typeof machineRoles)[number];
