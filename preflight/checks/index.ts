/** What is wrong with one host for what it is to do: facts against the configuration. Pure. */
import { knownArchitectures } from '../../artifacts/lock.ts';
import type { MachineSpec } from '../../config/schema.ts';
import type { HostDiagnostic, HostDiagnostics } from '../diagnostic.ts';
import type { HostFacts } from '../facts.ts';
import { firewall, leftovers, nodePorts, ports, running } from './conflicts.ts';
import { type Check, type CheckContext, listRoles, reportIf } from './context.ts';
import { featureFaults } from './kernel.ts';
import { address, floating, oneNetwork } from './network.ts';
import { ownership } from './ownership.ts';
import { amountFor } from './requirements.ts';
import { diskFault, gib, littleDisk, memoryFault } from './resources.ts';

const supported = ['debian 12', 'debian 13', 'ubuntu 22.04', 'ubuntu 24.04'];

const system: Check = (_host, facts) => {
  if (!supported.includes(facts.os)) {
    return reportIf(
      true,
      `runs ${facts.os.trim() || 'a system without /etc/os-release'}; supported are ${supported.join(', ')}`,
      'Install one of these on it, or take another machine.',
    );
  }
  return [
    ...reportIf(
      facts.init !== 'systemd',
      `process 1 is ${facts.init || 'unknown'}, and units need systemd`,
      'Boot it with systemd.',
    ),
    ...reportIf(!facts.hasApt, 'has no apt-get, with which its packages are installed', 'Install the package apt.'),
    ...reportIf(!facts.isRoot, 'runs commands without the rights of root', 'Give the user sudo for all commands.'),
  ];
};

const architecture: Check = (host, { architecture: found }, { config, lock }) => {
  const known = knownArchitectures(lock);
  const wanted = config.hosts.find(({ name }) => name === host.name)?.architecture;
  if (!known.includes(found)) {
    return reportIf(true, `is ${found}, and the artifact lock has ${known.join(', ')}`, 'Take another machine.');
  }
  return reportIf(
    wanted !== undefined && wanted !== found,
    `is ${found}, and its entry says ${wanted}`,
    'Put the architecture right in its entry, or leave it out: it is taken from the host.',
  );
};

const machineId: Check = (_host, facts) =>
  reportIf(
    !/^[0-9a-f]{32}$/.test(facts.machineId),
    'has no /etc/machine-id, by which systemd and the pod network tell machines apart',
    'Run "systemd-machine-id-setup" on it.',
  );

const faultChecks: readonly Check[] = [
  system,
  architecture,
  ownership,
  address,
  floating,
  oneNetwork,
  machineId,
  featureFaults,
  memoryFault,
  diskFault,
  ports,
  leftovers,
];

const reserves: Check = (host, facts, context) => {
  const [least, advised] = [amountFor(listRoles(host), 'least'), amountFor(listRoles(host), 'advised')];
  const little = [
    ...(facts.memory >= least.memory && facts.memory < advised.memory
      ? [`${gib(facts.memory)} of memory where ${gib(advised.memory)} is advised`]
      : []),
    ...littleDisk(host, facts, context),
    ...(facts.cpus < advised.cpus ? [`${facts.cpus} processor where ${advised.cpus} are advised`] : []),
  ];
  return reportIf(
    little.length > 0,
    `has little for ${listRoles(host).join(' and ')}: ${little.join(', ')}`,
    'It works for trying things out; give it more for real work.',
  );
};

const swap: Check = (host, { swap: devices, container }) =>
  reportIf(
    host.isNode && !container && devices.length > 0,
    `swaps to ${devices.join(', ')}, which hardway turns off for good on nodes`,
    'Nothing needs to be done, unless something else there needs swap.',
  );

const oldCgroups: Check = (host, { cgroupVersion }) =>
  reportIf(
    host.isNode && cgroupVersion === 1,
    'has control groups of version 1, which kubelet is told to accept; Kubernetes does not develop them any further',
    'Boot it with systemd.unified_cgroup_hierarchy=1 on the kernel command line.',
  );

const route: Check = (host, { hasDefaultRoute }) =>
  reportIf(
    host.isNode && !hasDefaultRoute,
    'has no default route, without which it finds no way to the addresses of services',
    'Give it one, even to an address that does not answer.',
  );

const warningChecks: readonly Check[] = [reserves, swap, oldCgroups, nodePorts, route, running, firewall];

/** Every fault and every warning of one host. */
export function checkHost(host: MachineSpec, facts: HostFacts, context: CheckContext): HostDiagnostics {
  const run = (checks: readonly Check[]): HostDiagnostic[] =>
    checks.flatMap((check) => check(host, facts, context)).map((said) => ({ about: [host.name], ...said }));
  return { faults: run(faultChecks), warnings: run(warningChecks) };
}
