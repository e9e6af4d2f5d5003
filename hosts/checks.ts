/** What is wrong with one host for what it is to do: facts against the configuration. Pure. */
import { knownArchitectures, type Lock } from '../config/artifacts.ts';
import { portTable } from '../config/ports.ts';
import type { ClusterConfig, MachineSpec } from '../config/schema.ts';
import type { HostFacts } from './facts.ts';
import type { Finding, Findings } from './fault.ts';
import { featureFaults } from './kernel.ts';
import { amountFor, type Duty } from './needs.ts';

/** What hosts are looked at for. */
export interface CheckContext {
  readonly config: Pick<
    ClusterConfig,
    | 'hosts'
    | 'cni'
    | 'nodePortRange'
    | 'loadBalancers'
    | 'weaveNetworkPolicy'
    | 'weaveFastDatapath'
    | 'weaveEncryption'
    | 'stack'
  >;
  readonly lock: Lock;
  /** The identity of the cluster, with which its hosts are marked; absent before the first pre-flight. */
  readonly cluster?: string;
}

const supported = ['debian 12', 'debian 13', 'ubuntu 22.04', 'ubuntu 24.04'];

/** What a check says: faults and warnings without the host's name. */
type Said = Omit<Finding, 'about'>;
type Check = (host: MachineSpec, facts: HostFacts, context: CheckContext) => Said[];

const when = (holds: boolean, found: string, fix: string): Said[] => (holds ? [{ found, fix }] : []);

/** Everything a machine does, nodes included. */
export function dutiesOf({ roles, isNode }: Pick<MachineSpec, 'roles' | 'isNode'>): Duty[] {
  return [...roles.filter((role) => role !== 'worker'), ...(isNode ? (['node'] as const) : [])];
}

/** Whether a host carries the mark of this cluster: what lies and listens there is then the cluster's own. */
export function isOurs(facts: Pick<HostFacts, 'mark'>, { cluster }: Pick<CheckContext, 'cluster'>): boolean {
  return cluster !== undefined && facts.mark.startsWith(cluster);
}

const system: Check = (_host, facts) => {
  if (!supported.includes(facts.os)) {
    return when(
      true,
      `runs ${facts.os.trim() || 'a system without /etc/os-release'}; supported are ${supported.join(', ')}`,
      'Install one of these on it, or take another machine.',
    );
  }
  return [
    ...when(
      facts.init !== 'systemd',
      `process 1 is ${facts.init || 'unknown'}, and units need systemd`,
      'Boot it with systemd.',
    ),
    ...when(!facts.hasApt, 'has no apt-get, with which its packages are installed', 'Install the package apt.'),
    ...when(!facts.isRoot, 'runs commands without the rights of root', 'Give the user sudo for all commands.'),
  ];
};

const architecture: Check = (host, { architecture: found }, { config, lock }) => {
  const known = knownArchitectures(lock);
  const wanted = config.hosts.find(({ name }) => name === host.name)?.architecture;
  if (!known.includes(found)) {
    return when(true, `is ${found}, and the artifact lock has ${known.join(', ')}`, 'Take another machine.');
  }
  return when(
    wanted !== undefined && wanted !== found,
    `is ${found}, and its entry says ${wanted}`,
    'Put the architecture right in its entry, or leave it out: it is taken from the host.',
  );
};

const address: Check = ({ address: wanted }, { addresses }) =>
  when(
    !addresses.includes(wanted),
    `has no interface with the address ${wanted}; it has ${addresses.filter((each) => !each.startsWith('127.')).join(', ') || 'none'}`,
    'Write the address that it has in the network of the cluster, and what SSH dials as sshAddress.',
  );

const machineId: Check = (_host, facts) =>
  when(
    !/^[0-9a-f]{32}$/.test(facts.machineId),
    'has no /etc/machine-id, by which systemd and the pod network tell machines apart',
    'Run "systemd-machine-id-setup" on it.',
  );

const gib = (mebibytes: number): string =>
  mebibytes < 1024 ? `${mebibytes} MiB` : `${(mebibytes / 1024).toFixed(1).replace(/\.0$/, '')} GiB`;

const duties = (host: MachineSpec): string => dutiesOf(host).join(' and ');
/** Free disk that a machine which has its parts of the cluster already does not get along without, in MiB. */
const LITTLE_DISK = 512;
/** Room for binaries where /var is another file system than /, in MiB. */
const BINARIES = 700;

const freeOn = ({ disks }: HostFacts, path: string): number => disks.find((disk) => disk.path === path)?.free ?? 0;

const memoryFault: Check = (host, { memory }) => {
  const { memory: least } = amountFor(dutiesOf(host), 'least');
  return when(
    memory < least,
    `has ${gib(memory)} of memory; for ${duties(host)} it needs ${gib(least)}`,
    'Give it more memory, or fewer roles.',
  );
};

const diskFault: Check = (host, facts, context) => {
  const ours = isOurs(facts, context);
  const least = ours ? LITTLE_DISK : amountFor(dutiesOf(host), 'least').disk;
  const [root, variable] = [freeOn(facts, '/'), freeOn(facts, '/var')];
  return [
    ...when(
      variable < least,
      `has ${gib(variable)} of free disk under /var; for ${duties(host)} it needs ${gib(least)}`,
      'Make room, or give it a larger disk.',
    ),
    ...when(
      !ours && variable >= least && root < BINARIES,
      `has ${gib(root)} of free disk under /, and the binaries in /opt need ${gib(BINARIES)}`,
      'Make room, or give it a larger disk.',
    ),
  ];
};

/** What a listener on a port would be in the way of. */
function portsOf(host: MachineSpec, { config }: CheckContext) {
  return portTable(config).filter(({ on }) => (on === 'node' ? host.isNode : host.roles.includes(on)));
}

function takenPorts(host: MachineSpec, facts: HostFacts, context: CheckContext, ranges: boolean): string[] {
  if (isOurs(facts, context)) return [];
  const wanted = portsOf(host, context).filter(({ first, last }) => (first !== last) === ranges);
  return facts.listeners.flatMap(({ protocol, port, program }) => {
    const rule = wanted.find((each) => each.protocol === protocol && port >= each.first && port <= each.last);
    return rule === undefined
      ? []
      : [`${protocol} ${port} (${rule.service})${program === undefined ? '' : ` by ${program}`}`];
  });
}

const ports: Check = (host, facts, context) => {
  const taken = takenPorts(host, facts, context, false);
  return when(
    taken.length > 0 && !isForeign(facts, context),
    `somebody listens on what the cluster needs: ${taken.join(', ')}`,
    'Stop it and keep it from coming back ("ss -lntup" shows who it is), or take another machine.',
  );
};

const isForeign = (facts: HostFacts, context: CheckContext): boolean => facts.mark !== '' && !isOurs(facts, context);

const mark: Check = (_host, facts, context) =>
  when(
    isForeign(facts, context),
    'belongs to another cluster of hardway (/var/lib/hardway/identity)',
    `Take that one down ("make down" with its STACK); when it is gone for good, remove /var/lib/hardway, /etc/kubernetes, /var/lib/kubelet and /var/lib/etcd there. If it is this one, bring back hosts.${context.config.stack}.yaml as it was committed.`,
  );

/** What counts only on machines that run pods: a container engine is in the way there, and settings of pod networks. */
const nodesOnly = ['containerd', '/etc/cni/net.d'];

const leftovers: Check = (host, facts) => {
  if (facts.mark !== '') return [];
  const found = [...facts.leftovers, ...facts.units.map((unit) => `${unit}.service`)].filter(
    (each) => host.isNode || !nodesOnly.includes(each.replace(/\.service$/, '')),
  );
  return when(
    found.length > 0,
    `has something of another cluster or container engine: ${found.join(', ')}`,
    'Take that down with its own tool ("kubeadm reset", "k3s-uninstall.sh", "apt-get purge containerd"), then remove what is left of it.',
  );
};

const faultChecks: readonly Check[] = [
  system,
  architecture,
  mark,
  address,
  machineId,
  featureFaults,
  memoryFault,
  diskFault,
  ports,
  leftovers,
];

const reserves: Check = (host, facts, context) => {
  const [least, advised] = [amountFor(dutiesOf(host), 'least'), amountFor(dutiesOf(host), 'advised')];
  const free = freeOn(facts, '/var');
  const little = [
    ...(facts.memory >= least.memory && facts.memory < advised.memory
      ? [`${gib(facts.memory)} of memory where ${gib(advised.memory)} is advised`]
      : []),
    ...(!isOurs(facts, context) && free >= least.disk && free < advised.disk
      ? [`${gib(free)} of free disk where ${gib(advised.disk)} is advised`]
      : []),
    ...(facts.cpus < advised.cpus ? [`${facts.cpus} processor where ${advised.cpus} are advised`] : []),
  ];
  return when(
    little.length > 0,
    `has little for ${duties(host)}: ${little.join(', ')}`,
    'It works for trying things out; give it more for real work.',
  );
};

const swap: Check = (host, { swap: devices, container }) =>
  when(
    host.isNode && !container && devices.length > 0,
    `swaps to ${devices.join(', ')}, which hardway turns off for good on nodes`,
    'Nothing needs to be done, unless something else there needs swap.',
  );

const oldCgroups: Check = (host, { cgroupVersion }) =>
  when(
    host.isNode && cgroupVersion === 1,
    'has control groups of version 1, which kubelet is told to accept; Kubernetes does not develop them any further',
    'Boot it with systemd.unified_cgroup_hierarchy=1 on the kernel command line.',
  );

const nodePorts: Check = (host, facts, context) => {
  const taken = takenPorts(host, facts, context, true);
  return when(
    taken.length > 0,
    `somebody listens in the range of node ports: ${taken.join(', ')}`,
    'Stop it, or choose another nodePortRange: a service that gets this port would not be reached here.',
  );
};

const route: Check = (host, { hasDefaultRoute }) =>
  when(
    host.isNode && !hasDefaultRoute,
    'has no default route, without which it finds no way to the addresses of services',
    'Give it one, even to an address that does not answer.',
  );

const warningChecks: readonly Check[] = [reserves, swap, oldCgroups, nodePorts, route];

/** Every fault and every warning of one host. */
export function checkHost(host: MachineSpec, facts: HostFacts, context: CheckContext): Findings {
  const run = (checks: readonly Check[]): Finding[] =>
    checks.flatMap((check) => check(host, facts, context)).map((said) => ({ about: [host.name], ...said }));
  return { faults: run(faultChecks), warnings: run(warningChecks) };
}
