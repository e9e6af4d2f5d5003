/** Options of machines and their roles, by whichever provider. */
import { z } from 'zod';
import { option } from './option.ts';
import {
  address,
  addressOrEmpty,
  architecture,
  architectureOrNone,
  choice,
  cidr,
  count,
  flag,
  hostName,
  withMessages,
} from './schemas.ts';

/** A machine: its name, or a mapping with what is fixed about it. */
const machine = withMessages(
  z.preprocess(
    (value) => (typeof value === 'string' ? { name: value } : value),
    z.strictObject({
      name: hostName,
      address: address.optional(),
      podCidr: cidr.optional(),
      architecture: architecture.optional(),
    }),
  ),
  {
    rule: 'must be the name of a machine, or a mapping with name and optionally address, podCidr and architecture',
    fix: 'Write it like wrk01, or like {name: wrk01, address: 10.89.0.100}.',
  },
);

/** The most machines of each role but workers. */
export const fewMachines = 9;

/** A list of machines, up to a number of them. */
function machines(most: number) {
  return withMessages(z.array(machine).max(most), {
    rule: `must be a list of at most ${most} machines`,
    fix: 'Write it like [one01, one02], or with one "- name" a line.',
  });
}

/** The options, in the order a reader wants them. */
export const machineOptions = {
  controllers: option(
    machines(fewMachines),
    ['ctl01', 'ctl02'],
    'Machines of the control plane, 1 to 9: names, or mappings of name, address, podCidr and architecture. They run etcd too unless etcdMembers names others. With machines "hosts" do not set this or the next three: roles are set in hosts.',
    'https://kubernetes.io/docs/concepts/overview/components/',
    { example: ['ctl01', { name: 'ctl02', address: '10.89.0.22' }] },
  ),
  workers: option(
    machines(5000),
    ['wrk01', 'wrk02'],
    'Machines that run pods, in the same form as controllers.',
    'https://kubernetes.io/docs/setup/best-practices/cluster-large/',
    { example: ['wrk01', { name: 'wrk02', address: '10.89.0.150' }] },
  ),
  drain: option(
    choice(['minor', 'always', 'never']),
    'minor',
    'When an update takes the pods off a node before the programs of the node change: "minor" before its kubelet goes to another minor version, which Kubernetes asks for; "always" before every other version of Kubernetes or containerd; "never" leaves the pods running meanwhile. A node that is the only one to take pods is never drained: they would have nowhere to go.',
    'https://kubernetes.io/releases/version-skew-policy/#kubelet',
    { example: 'always' },
  ),
  workersAtOnce: option(
    count('nodes', 1, 100),
    1,
    'How many nodes an update changes at the same time, 1 to 100. Control plane, etcd and load balancers are always changed one at a time.',
    'components/workers/index.ts',
    { example: 2 },
  ),
  drainTimeoutSeconds: option(
    count('seconds', 1, 86_400),
    300,
    'How long the pods of a node may take to go when the node leaves, or is drained for an update, in seconds, 1 to 86400. They are evicted within their disruption budgets; when time is up the update stops, and the node goes on serving.',
    'https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/',
    { example: 900 },
  ),
  loadBalancers: option(
    machines(fewMachines),
    ['kubelb'],
    'Machines in front of the controllers, 0 to 9, in the same form as controllers. Two or more share a virtual IP address (VIP), which moves to another load balancer when one fails. With none, the first controller is the API endpoint.',
    'nginx stream',
    { example: ['lb01', 'lb02'] },
  ),
  controlPlaneVip: option(
    addressOrEmpty,
    '',
    'The virtual IP address (VRRP) of two or more load balancers: a free IPv4 address of the network they are all in. Empty: in a lab, an address of labSubnet.',
    'https://www.keepalived.org/manpage.html',
    { example: '10.89.0.9', formerName: 'loadBalancerAddress' },
  ),
  etcdMembers: option(
    machines(fewMachines),
    [],
    'Machines of the etcd cluster, 0 to 9, in the same form as controllers. The name of a controller means: on that controller. Empty: on every controller.',
    'https://etcd.io/docs/v3.6/faq/',
    { example: ['etcd01', 'etcd02', 'etcd03'] },
  ),
  controllersAsNodes: option(
    flag,
    false,
    'Whether the controllers are nodes of the cluster too, tainted node-role.kubernetes.io/control-plane:NoSchedule.',
    'KubeletConfiguration registerWithTaints',
    { example: true },
  ),
  architecture: option(
    architectureOrNone,
    '',
    'Processor architecture of machines whose entry names none; one that the artifact lock has. Empty: in a lab that of this computer, elsewhere amd64.',
    'artifacts/artifacts.lock.json',
    { example: 'arm64' },
  ),
} as const;
