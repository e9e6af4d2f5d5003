/** Conflicts with other software on a host: ports, other clusters, container engines, web servers, firewalls. */
import { portTable } from '../../config/ports.ts';
import type { InstalledRole } from '../../config/roles.ts';
import type { MachineSpec } from '../../config/schema.ts';
import type { HostFacts } from '../facts.ts';
import { type Check, type CheckContext, installedRoles, isForeign, isOurs, newRoles, reportIf } from './context.ts';

/** The ports that roles listen on. */
function portsOf(roles: readonly InstalledRole[], { config }: CheckContext) {
  return portTable(config).filter(({ on }) => roles.some((role) => role === on));
}

function takenPorts(host: MachineSpec, facts: HostFacts, context: CheckContext, ranges: boolean): string[] {
  const isOne = ({ first, last }: { first: number; last: number }): boolean => (first !== last) === ranges;
  const wanted = portsOf(newRoles(host, facts, context), context).filter(isOne);
  const own = portsOf(installedRoles(facts, context), context);
  return facts.listeners.flatMap(({ protocol, port, program }) => {
    const at = (each: (typeof own)[number]): boolean =>
      each.protocol === protocol && port >= each.first && port <= each.last;
    const rule = wanted.find(at);
    return rule === undefined || own.some(at)
      ? []
      : [
          `port ${port}/${protocol} is in use${program === undefined ? '' : ` by ${program}`}, needed for: ${rule.service}`,
        ];
  });
}

/** Ports in use that the host's roles need. */
export const ports: Check = (host, facts, context) => {
  const taken = takenPorts(host, facts, context, false);
  return reportIf(
    taken.length > 0 && !isForeign(facts, context),
    taken.join('. '),
    'Stop and disable these programs ("ss -lntup" shows them), or use another machine.',
  );
};

/** Ports in use that a service may get. */
export const nodePorts: Check = (host, facts, context) => {
  const taken = takenPorts(host, facts, context, true);
  return reportIf(
    taken.length > 0,
    taken.join('. '),
    'Stop the program, or choose another nodePortRange: a service with this port would be unreachable on this host.',
  );
};

/** Leftovers that matter only on nodes: a container engine, and settings of pod networks. */
const nodesOnly = ['containerd', '/etc/cni/net.d'];
/** Units of roles, once those are installed. */
const unitsOf: Readonly<Record<string, InstalledRole>> = {
  kubelet: 'node',
  containerd: 'node',
  etcd: 'etcd',
  'kube-apiserver': 'controller',
};

/** Leftovers of another cluster or container engine. On hosts of this cluster, folders are its own. */
export const leftovers: Check = (host, facts, context) => {
  if (isForeign(facts, context)) return [];
  const there = installedRoles(facts, context);
  const units = facts.units.filter((unit) => !there.some((role) => unitsOf[unit] === role));
  const names = [...(isOurs(facts, context) ? [] : facts.leftovers), ...units.map((unit) => `${unit}.service`)].filter(
    (each) => host.isNode || !nodesOnly.includes(each.replace(/\.service$/, '')),
  );
  return reportIf(
    names.length > 0,
    `has leftovers of another cluster or container engine: ${names.join(', ')}`,
    'Uninstall it with its own tool ("kubeadm reset", "k3s-uninstall.sh", "apt-get purge containerd"), then delete what remains.',
  );
};

/** Units of the distribution whose configuration roles replace. */
const takenOver: Partial<Record<InstalledRole, readonly string[]>> = {
  loadBalancer: ['nginx', 'keepalived'],
  controller: ['nginx'],
};

/** A running unit that a role takes over. */
export const running: Check = (host, facts, context) => {
  const there = installedRoles(facts, context).flatMap((role) => takenOver[role] ?? []);
  const wanted = newRoles(host, facts, context).flatMap((role) => takenOver[role] ?? []);
  const several = context.config.loadBalancers.length > 1;
  const names = [...new Set(wanted)]
    .filter((unit) => unit !== 'keepalived' || several)
    .filter((unit) => facts.active.includes(unit) && !there.includes(unit));
  return reportIf(
    names.length > 0,
    `runs ${names.join(' and ')}, whose configuration hardway replaces: its current service ends`,
    'None needed if it is not in use. Its configuration is restored when the host is released.',
  );
};

/** An active firewall, which hardway does not configure. */
export const firewall: Check = (_host, facts, context) =>
  reportIf(
    !isOurs(facts, context) && facts.firewalls.length > 0,
    `has an active firewall (${facts.firewalls.join(', ')}), which hardway does not configure`,
    'Allow the ports that docs/reference/ports.md lists, or turn the firewall off.',
  );
