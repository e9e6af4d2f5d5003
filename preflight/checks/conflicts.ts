/** What of somebody else's is in the way on a host: ports, other clusters, container engines, web servers. Pure. */
import { portTable } from '../../config/ports.ts';
import type { MachineSpec } from '../../config/schema.ts';
import type { HostFacts } from '../facts.ts';
import { type Check, type CheckContext, installedRoles, isForeign, isOurs, newRoles, reportIf } from './context.ts';
import type { MachineRole } from './requirements.ts';

/** What duties listen on. */
function portsOf(duties: readonly MachineRole[], { config }: CheckContext) {
  return portTable(config).filter(({ on }) => duties.some((duty) => duty === on));
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
      : [`${protocol} ${port} (${rule.service})${program === undefined ? '' : ` by ${program}`}`];
  });
}

/** Somebody listens on a port that the host's duties need. */
export const ports: Check = (host, facts, context) => {
  const taken = takenPorts(host, facts, context, false);
  return reportIf(
    taken.length > 0 && !isForeign(facts, context),
    `somebody listens on what the cluster needs: ${taken.join(', ')}`,
    'Stop it and keep it from coming back ("ss -lntup" shows who it is), or take another machine.',
  );
};

/** Somebody listens on a port that a service may get. */
export const nodePorts: Check = (host, facts, context) => {
  const taken = takenPorts(host, facts, context, true);
  return reportIf(
    taken.length > 0,
    `somebody listens in the range of node ports: ${taken.join(', ')}`,
    'Stop it, or choose another nodePortRange: a service that gets this port would not be reached here.',
  );
};

/** What counts only on machines that run pods: a container engine is in the way there, and settings of pod networks. */
const nodesOnly = ['containerd', '/etc/cni/net.d'];
/** Units that are a duty's own once it is there. */
const unitsOf: Readonly<Record<string, MachineRole>> = {
  kubelet: 'node',
  containerd: 'node',
  etcd: 'etcd',
  'kube-apiserver': 'controller',
};

/** Something of another cluster or container engine. On hosts of this cluster, folders are what it left there itself. */
export const leftovers: Check = (host, facts, context) => {
  if (isForeign(facts, context)) return [];
  const there = installedRoles(facts, context);
  const units = facts.units.filter((unit) => !there.some((duty) => unitsOf[unit] === duty));
  const found = [...(isOurs(facts, context) ? [] : facts.leftovers), ...units.map((unit) => `${unit}.service`)].filter(
    (each) => host.isNode || !nodesOnly.includes(each.replace(/\.service$/, '')),
  );
  return reportIf(
    found.length > 0,
    `has something of another cluster or container engine: ${found.join(', ')}`,
    'Take that down with its own tool ("kubeadm reset", "k3s-uninstall.sh", "apt-get purge containerd"), then remove what is left of it.',
  );
};

/** Units of the distribution that duties set up anew, whole configuration and all. */
const takenOver: Partial<Record<MachineRole, readonly string[]>> = {
  loadBalancer: ['nginx', 'keepalived'],
  controller: ['nginx'],
};

/** Something runs that a duty takes over. */
export const running: Check = (host, facts, context) => {
  const there = installedRoles(facts, context).flatMap((duty) => takenOver[duty] ?? []);
  const wanted = newRoles(host, facts, context).flatMap((duty) => takenOver[duty] ?? []);
  const several = context.config.loadBalancers.length > 1;
  const found = [...new Set(wanted)]
    .filter((unit) => unit !== 'keepalived' || several)
    .filter((unit) => facts.active.includes(unit) && !there.includes(unit));
  return reportIf(
    found.length > 0,
    `runs ${found.join(' and ')}, whose configuration hardway sets aside for its own: what it does now ends`,
    'Nothing needs to be done if nobody uses it. What was there comes back when the host is released.',
  );
};

/** A firewall that is told nothing of the cluster. */
export const firewall: Check = (_host, facts, context) =>
  reportIf(
    !isOurs(facts, context) && facts.firewalls.length > 0,
    `has a firewall that is on (${facts.firewalls.join(', ')}), and hardway tells it nothing`,
    'Let through what docs/reference/ports.md lists, or turn it off: what it keeps out the cluster does not get.',
  );
