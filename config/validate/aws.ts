/** Rules about machines on AWS: where they stand, who reaches them, what they are made of. */

import { contains, nthAddress, prefixLength } from '../../lib/ipv4.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { awsOptions } from '../options/aws.ts';
import type { AwsRole } from '../options/aws-schemas.ts';
import { fullKey, type KeyName } from '../options/index.ts';
import { awsPlaceTaken, awsSubnets } from '../resolve/aws.ts';
import { architectureOfType, BASTION } from '../resolve/aws-instances.ts';
import { awsRoomRules, named, onAws, placed } from './aws-room.ts';
import {
  becomesNode,
  isOnController,
  machineLists,
  ownMachines,
  type PartialConfig,
  type PartialMachine,
  type Rule,
} from './partial-config.ts';

const region = onAws((_, { awsRegion: value }) =>
  value === ''
    ? [
        {
          path: fullKey('awsRegion'),
          value,
          rule: 'is no region, and machines on AWS need one',
          fix: 'Write one, like eu-central-1.',
        },
      ]
    : [],
);

const zones = onAws((_, { awsZones, awsRegion }): Diagnostic[] => {
  const path = fullKey('awsZones');
  if (awsZones === undefined || awsRegion === undefined) return [];
  if (awsZones.length < 2) {
    const example = awsRegion || 'eu-central-1';
    const fix = `Name 2 or 3, like [${example}a, ${example}b]; "aws ec2 describe-availability-zones" lists those of your account.`;
    return [{ path, value: awsZones, rule: 'must be 2 or 3 availability zones', fix }];
  }
  return awsZones.flatMap((value, index): Diagnostic[] => {
    const at = `${path}[${index}]`;
    if (awsZones.indexOf(value) < index) {
      return [{ path: at, value, rule: 'is named twice', fix: 'Name each zone once.' }];
    }
    if (awsRegion === '' || value.slice(0, -1) === awsRegion) return [];
    const rule = `is not a zone of ${fullKey('awsRegion')}, ${awsRegion}`;
    return [{ path: at, value, rule, fix: `Name a zone of it, like ${awsRegion}a.` }];
  });
});

const addresses = onAws((draft, settings) => {
  const place = placed(settings);
  if (place === undefined) return [];
  const subnets = awsSubnets(place);
  const free = subnets.map(({ cidr }) => `${nthAddress(cidr, 6)} to ${nthAddress(cidr, -2)}`).join(' or ');
  return ownMachines(draft).flatMap(({ path, address: value }): Diagnostic[] => {
    if (value === undefined) return [];
    const fix = `Choose an address from ${free}, or leave it out.`;
    if (!contains(place.vpcCidr, value)) {
      const rule = `is outside ${fullKey('vpcCidr')}, ${place.vpcCidr}`;
      return [{ path: `${path}.address`, value, rule, fix }];
    }
    const taken = awsPlaceTaken(place, value);
    if (taken === undefined) return [];
    const rule = `${taken}${taken.startsWith('is in') ? `, ${subnets.map(({ cidr }) => cidr).join(', ')}` : ''}`;
    return [{ path: `${path}.address`, value, rule, fix }];
  });
});

/** Networks that are never the internet's. */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

const someoneReaches = onAws((_, settings) =>
  (
    [
      ['awsApiCidrs', 'opens the API to nobody, and the program itself installs the add-ons through it'],
      ['awsSshCidrs', 'opens port 22 to nobody, and the program itself logs in'],
    ] as const
  ).flatMap(([key, rule]): Diagnostic[] => {
    if (settings[key]?.length !== 0 || settings.awsSshAccess === undefined) return [];
    const isPrivate = settings.awsSshAccess === 'private';
    const own = isPrivate
      ? 'the address inside the VPC of the machine that runs it, like [10.70.200.7/32]'
      : 'your own address as the internet sees it, like [203.0.113.7/32]';
    return [{ path: fullKey(key), value: [], rule: `must not be empty: it ${rule}`, fix: `Write ${own}.` }];
  }),
);

const privateIsPrivate = onAws((_, { awsSshAccess, awsSshCidrs, awsApiCidrs }) =>
  awsSshAccess !== 'private'
    ? []
    : Object.entries({ awsSshCidrs, awsApiCidrs }).flatMap(([key, ranges = []]) =>
        ranges.flatMap((value, index): Diagnostic[] => {
          if (privateRanges.some((range) => contains(range, value))) return [];
          const rule = `is not a private range, and ${fullKey('awsSshAccess')} is "private"`;
          const fix = 'Name ranges of the VPC or of networks joined to it, or choose "bastion".';
          return [{ path: `${fullKey(key)}[${index}]`, value, rule, fix }];
        }),
      ),
);

const balancers = onAws((draft, { awsLoadBalancer }): Diagnostic[] => {
  const path = fullKey('loadBalancers');
  const named = draft.machines.filter(({ list }) => list === 'loadBalancers').map(({ name }) => name);
  if (awsLoadBalancer === 'network' && named.length > 0) {
    const rule = `must be empty where ${fullKey('awsLoadBalancer')} is "network"`;
    return [{ path, value: named, rule, fix: 'Write [].' }];
  }
  if (awsLoadBalancer !== 'machine' || named.length < 2) return [];
  const rule =
    'must be one machine at most on AWS: the address that moves between several (VRRP) does not reach them in a VPC';
  return [
    { path, value: named, rule, fix: `Name one, or write [] and set ${fullKey('awsLoadBalancer')} to "network".` },
  ];
});

const notTheBastion = onAws((draft, { awsSshAccess }) =>
  draft.machines
    .filter(({ name }) => awsSshAccess === 'bastion' && name === BASTION)
    .map(({ namePath: path, name: value }) => ({
      path,
      value,
      rule: 'is the name of the machine that logins pass through',
      fix: 'Give the machine another name.',
    })),
);

const replacedAreMachines = onAws((draft, { awsReplaceOnAmiChange = [], awsSshAccess }) => {
  const known = [...draft.machines.map(({ name }) => name), ...(awsSshAccess === 'bastion' ? [BASTION] : [])];
  return awsReplaceOnAmiChange.flatMap((value, index): Diagnostic[] => {
    if (known.includes(value)) return [];
    const path = `${fullKey('awsReplaceOnAmiChange')}[${index}]`;
    return [{ path, value, rule: 'is no machine of the cluster', fix: 'Name one that is, or remove it.' }];
  });
});

/** The role that decides about an entry's instance type; `undefined` for etcd on a controller. */
function roleOf(draft: PartialConfig, machine: PartialMachine): AwsRole | undefined {
  return isOnController(draft, machine) ? undefined : machineLists[machine.list];
}

/** An architecture as it may be said of AWS's machines, or nothing where another rule speaks. */
const architectureOf = (draft: PartialConfig, machine: PartialMachine): string | undefined =>
  machine.architecture ?? draft.settings.architecture;

const typesFit = onAws((draft, { awsInstanceTypes = {}, architecture }) => {
  const wrong = (role: AwsRole, name: string, own: string | undefined): Diagnostic[] => {
    const value = awsInstanceTypes[role];
    if (value === undefined || own === undefined || architectureOfType(value) === own) return [];
    const rule = `is a type of architecture ${architectureOfType(value)}, and ${name} is ${own}`;
    const fix = `Choose a type of ${own}, like ${own === 'arm64' ? 't4g' : 't3'}.medium, or another architecture for ${name}.`;
    return [{ path: `${fullKey('awsInstanceTypes')}.${role}`, value, rule, fix }];
  };
  const ofMachines = ownMachines(draft).flatMap((machine) => {
    const role = roleOf(draft, machine);
    return role === undefined || machine.name === undefined
      ? []
      : wrong(role, machine.name, architectureOf(draft, machine));
  });
  const all = [...ofMachines, ...wrong('bastion', 'the bastion', architecture)];
  return all.filter(({ path }, index) => all.findIndex((other) => other.path === path) === index);
});

/** The faults of machines on AWS. */
export const awsRules: readonly Rule[] = [
  ...named({ region, zones }),
  ...awsRoomRules,
  ...named({ addresses, someoneReaches, privateIsPrivate, balancers, notTheBastion, replacedAreMachines, typesFit }),
];

const toTheWorld = onAws((_, settings) =>
  (['awsApiCidrs', 'awsSshCidrs', 'awsNodePortCidrs'] as const).flatMap((key) =>
    (settings[key] ?? []).flatMap((value, index): Diagnostic[] => {
      const what = { awsApiCidrs: 'the API', awsSshCidrs: 'port 22', awsNodePortCidrs: 'every node port' }[key];
      if (prefixLength(value) >= 8) return [];
      const rule = `has ${2 ** (32 - prefixLength(value))} addresses, and opens ${what} to all of them`;
      return [{ path: `${fullKey(key)}[${index}]`, value, rule, fix: 'Name the ranges that you mean.' }];
    }),
  ),
);

/** Keys that say something of a lab or of machines that exist. */
const othersKeys = ['labName', 'labSubnet'] as const satisfies KeyName[];

/** AWS's keys where the machines are not there, and others' where they are. */
const withoutEffect: Rule = ({ settings, given }) => {
  const { machines } = settings;
  if (machines === undefined) return [];
  const keys: readonly KeyName[] =
    machines === 'aws' ? othersKeys : (Object.keys(awsOptions) as (keyof typeof awsOptions)[]);
  return keys
    .filter((key) => given.has(key))
    .map((key) => ({
      path: fullKey(key),
      value: settings[key],
      rule: `has no effect: ${fullKey('machines')} is "${machines}"`,
      fix: 'Remove it.',
    }));
};

/** How many routes a route table has room for in an account that has not asked for more, the two of the VPC aside. */
const routesInTable = 48;

const fewRoutes = onAws((draft, { cni }) => {
  const nodes = draft.machines.filter((machine) => becomesNode(draft, machine)).length;
  if (cni !== 'bridge' || nodes <= routesInTable) return [];
  const rule = `has ${nodes} routes to pods in the VPC's route table, which takes 50 routes unless AWS allows the account more`;
  return [{ path: fullKey('cni'), value: cni, rule, fix: 'Ask AWS for more routes per table, or choose "weave".' }];
});

const oneMemberAtATime = onAws((draft, { awsReplaceOnAmiChange: value = [], etcdMembers }) => {
  const list = etcdMembers?.length === 0 ? 'controllers' : 'etcdMembers';
  const members = draft.machines.filter((machine) => machine.list === list && value.includes(machine.name ?? ''));
  if (members.length < 2) return [];
  const rule = `has ${members.length} etcd members, whose data go when they are made anew at once`;
  return [{ path: fullKey('awsReplaceOnAmiChange'), value, rule, fix: 'Name one member at a time.' }];
});

const etcdOpenToPods = onAws((_, { cni: value, controllersAsNodes, etcdMembers }) => {
  if (value === undefined || value === 'weave' || !controllersAsNodes || etcdMembers?.length !== 0) return [];
  const rule = "opens etcd's ports to pods: every port of nodes is open to them, and controllers with etcd are nodes";
  const fix = `Choose "weave", name ${fullKey('etcdMembers')}, or leave ${fullKey('controllersAsNodes')} false; without etcd's keys a pod gets no further.`;
  return [{ path: fullKey('cni'), value, rule, fix }];
});

/** What is allowed about machines on AWS, and worth knowing. */
export const awsWarnings: readonly Rule[] = named({
  toTheWorld,
  withoutEffect,
  fewRoutes,
  oneMemberAtATime,
  etcdOpenToPods,
});
