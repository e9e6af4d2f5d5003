/** The checks of one host: its facts against the configuration. */
import { knownArchitectures } from '../../artifacts/lock.ts';
import { listInstalledRoles } from '../../config/roles.ts';
import type { MachineSpec } from '../../config/schema.ts';
import { type HostDiagnostics, type HostProblem, withSeverity } from '../diagnostic.ts';
import type { HostFacts } from '../facts.ts';
import { firewall, leftovers, nodePorts, ports, running } from './conflicts.ts';
import { type Check, type CheckContext, reportIf } from './context.ts';
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
      `runs ${facts.os.trim() || 'a system without /etc/os-release'}; supported: ${supported.join(', ')}`,
      'Install a supported system, or use another machine.',
    );
  }
  return [
    ...reportIf(
      facts.init !== 'systemd',
      `process 1 is ${facts.init || 'unknown'}, but systemd is required`,
      'Boot it with systemd.',
    ),
    ...reportIf(!facts.hasApt, 'has no apt-get, which installs its packages', 'Install the package apt.'),
    ...reportIf(!facts.isRoot, 'does not run commands as root', 'Allow the user sudo for all commands.'),
  ];
};

const architecture: Check = (host, { architecture: found }, { config, lock }) => {
  const known = knownArchitectures(lock);
  const wanted = config.hosts.find(({ name }) => name === host.name)?.architecture;
  if (!known.includes(found)) {
    return reportIf(true, `is ${found}, but the artifact lock only has ${known.join(', ')}`, 'Use another machine.');
  }
  return reportIf(
    wanted !== undefined && wanted !== found,
    `is ${found}, but its entry says ${wanted}`,
    'Correct the architecture in its entry, or leave it out: it is then detected.',
  );
};

const machineId: Check = (_host, facts) =>
  reportIf(
    !/^[0-9a-f]{32}$/.test(facts.machineId),
    'has no /etc/machine-id, which systemd and the pod network identify machines by',
    'Run "systemd-machine-id-setup" on it.',
  );

const errorChecks: readonly Check[] = [
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
  const [least, advised] = [
    amountFor(listInstalledRoles(host), 'least'),
    amountFor(listInstalledRoles(host), 'advised'),
  ];
  const little = [
    ...(facts.memory >= least.memory && facts.memory < advised.memory
      ? [`${gib(facts.memory)} of memory (${gib(advised.memory)} recommended)`]
      : []),
    ...littleDisk(host, facts, context),
    ...(facts.cpus < advised.cpus ? [`${facts.cpus} processor (${advised.cpus} recommended)`] : []),
  ];
  return reportIf(
    little.length > 0,
    `is below the recommendation for ${listInstalledRoles(host).join(' and ')}: ${little.join(', ')}`,
    'Enough for tests; add resources for production.',
  );
};

const swap: Check = (host, { swap: devices, container }) =>
  reportIf(
    host.isNode && !container && devices.length > 0,
    `uses swap (${devices.join(', ')}), which hardway turns off permanently on nodes`,
    'None needed, unless something else on the host needs swap.',
  );

const oldCgroups: Check = (host, { cgroupVersion }) =>
  reportIf(
    host.isNode && cgroupVersion === 1,
    'uses cgroup v1, which Kubernetes no longer develops; kubelet is configured to accept it',
    'Boot it with systemd.unified_cgroup_hierarchy=1 on the kernel command line.',
  );

const route: Check = (host, { hasDefaultRoute }) =>
  reportIf(
    host.isNode && !hasDefaultRoute,
    'has no default route, so service addresses are unreachable from it',
    'Add a default route, even to an address that does not answer.',
  );

const warningChecks: readonly Check[] = [reserves, swap, oldCgroups, nodePorts, route, running, firewall];

/** Every error and every warning of one host. */
export function checkHost(host: MachineSpec, facts: HostFacts, context: CheckContext): HostDiagnostics {
  const run = (checks: readonly Check[]): HostProblem[] =>
    checks.flatMap((check) => check(host, facts, context)).map((result) => ({ hosts: [host.name], ...result }));
  return {
    errors: withSeverity('error', run(errorChecks)),
    warnings: withSeverity('warning', run(warningChecks)),
  };
}
