/** Rules about machines that exist: who they are, what they do, and how they are reached. */

import { contains } from '../../lib/ipv4.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { dialledAs } from '../host-record.ts';
import { fullKey, type KeyName, type Settings } from '../options/index.ts';
import { fewMachines } from '../options/schemas.ts';
import { accessOf } from '../resolve/hosts.ts';
import type { Role } from '../roles.ts';
import { ofHosts, type PartialHost, type Rule } from './partial-config.ts';

/** What SSH dials for an entry, as far as the entry and the keys for all hosts hold up. */
function dialled(host: PartialHost, settings: Partial<Settings>): string | undefined {
  const bastion = host.bastion ?? settings.bastion;
  if ((host.sshAddress ?? host.address) === undefined || bastion === undefined) return undefined;
  return dialledAs(accessOf({ ...host, bastion } as Settings['hosts'][number], settings as Settings));
}

/** What a host has in common with one before it, as one fault: two entries that are alike are named once. */
function likeBefore(host: PartialHost, before: readonly PartialHost[], settings: Partial<Settings>): Diagnostic[] {
  const { path, name, address } = host;
  const like = (test: (other: PartialHost) => boolean) => before.find(test);
  const sameName = name === undefined ? undefined : like((other) => other.name === name);
  if (sameName !== undefined) {
    const fix = 'Give it another name, or, if it is the same host, one entry with all its roles.';
    return [{ path: `${path}.name`, value: name, rule: `is the name of ${sameName.path} too`, fix }];
  }
  const sameAddress = address === undefined ? undefined : like((other) => other.address === address);
  if (sameAddress !== undefined) {
    const fix = 'Give each host its own; what SSH dials, where that is another one, is sshAddress.';
    return [{ path: `${path}.address`, value: address, rule: `is the address of ${sameAddress.path} too`, fix }];
  }
  const at = dialled(host, settings);
  const sameDialled = at === undefined ? undefined : like((other) => dialled(other, settings) === at);
  if (sameDialled === undefined) return [];
  const field = host.sshAddress === undefined ? 'address' : 'sshAddress';
  return [
    {
      path: `${path}.${field}`,
      value: host[field],
      rule: `is what SSH dials for ${sameDialled.path} too, ${at}`,
      fix: 'Give each its own address or port, or each its own bastion.',
    },
  ];
}

const distinctHosts: Rule = ({ hosts, settings }) =>
  hosts.flatMap((host, index) => likeBefore(host, hosts.slice(0, index), settings));

const someControllerHost: Rule = ({ hosts, settings }) => {
  if (settings.machines !== 'hosts' || settings.hosts === undefined) return [];
  if (hosts.some(({ roles }) => roles?.includes('controller'))) return [];
  const [value, fix] =
    hosts.length === 0
      ? [[], 'Write one entry a host, the first like {name: ctl01, roles: [controller], address: 10.0.0.11}.']
      : [undefined, 'Give one of them roles: [controller].'];
  return [{ path: fullKey('hosts'), value, rule: 'has no host with the role controller', fix }];
};

/** Why two roles cannot be on one host, and what to do instead. */
function clash(roles: readonly Role[]): Pick<Diagnostic, 'rule' | 'fix'> | undefined {
  const has = (role: Role): boolean => roles.includes(role);
  if (has('controller') && has('worker')) {
    return {
      rule: 'has controller and worker on one host',
      fix: `Leave worker out; to run pods on controllers too, set ${fullKey('controllersAsNodes')} to true.`,
    };
  }
  if (has('controller') && has('loadBalancer')) {
    return {
      rule: 'has controller and loadBalancer on one host, and both want port 6443 and the one nginx.conf',
      fix: 'Put the load balancer on a host of its own, or leave it out: the first controller is then the endpoint.',
    };
  }
  return new Set(roles).size > 1 && !(has('controller') && has('etcd'))
    ? {
        rule: `has ${roles.join(' and ')} on one host; only controller and etcd go together`,
        fix: 'Give each a host of its own.',
      }
    : undefined;
}

const rolesGoTogether: Rule = ({ hosts }) =>
  hosts.flatMap(({ path, roles }) => {
    const found = roles === undefined ? undefined : clash(roles);
    return found === undefined ? [] : [{ path: `${path}.roles`, value: roles, ...found }];
  });

/** The roles of which there are few, as the lists of machines of other sources have it. */
const fewOf = ['loadBalancer', 'etcd', 'controller'] as const satisfies readonly Role[];

const fewEnough: Rule = ({ hosts }) =>
  fewOf.flatMap((role): Diagnostic[] => {
    const count = hosts.filter(({ roles }) => roles?.includes(role)).length;
    if (count <= fewMachines) return [];
    const rule = `has ${count} hosts with the role ${role}, and ${fewMachines} is the most`;
    return [{ path: fullKey('hosts'), value: undefined, rule, fix: 'Give fewer of them that role.' }];
  });

const lists = ['controllers', 'workers', 'loadBalancers', 'etcdMembers'] as const satisfies readonly KeyName[];

/** Two keys that each say which machines there are, or what is only said of machines that exist. */
const oneSource: Rule = (draft) => {
  if (ofHosts(draft)) {
    return lists
      .filter((list) => draft.given.has(list))
      .map((list) => ({
        path: fullKey(list),
        value: undefined,
        rule: `must not be set while ${fullKey('machines')} is "hosts": which host does what is said in ${fullKey('hosts')}`,
        fix: `Remove it, and name the roles in ${fullKey('hosts')}.`,
      }));
  }
  const { machines } = draft.settings;
  if (machines === undefined) return [];
  const rule = `must not be set while ${fullKey('machines')} is "${machines}"`;
  const fix = `Remove it, or set ${fullKey('machines')} to hosts.`;
  return (['hosts', 'apiAddress'] as const)
    .filter((key) => draft.given.has(key))
    .map((key) => ({ path: fullKey(key), value: undefined, rule, fix }));
};

const outsideOurRanges: Rule = ({ hosts, settings }) =>
  hosts.flatMap(({ path, address: value }) =>
    (['podCidr', 'serviceCidr'] as const).flatMap((key): Diagnostic[] => {
      const range = settings[key];
      if (value === undefined || range === undefined || !contains(range, value)) return [];
      const fix = `Choose another range: the host's address is what it is.`;
      return [{ path: `${path}.address`, value, rule: `is inside ${fullKey(key)}, ${range}`, fix }];
    }),
  );

/** The faults of machines that exist. */
export const hostRules: readonly Rule[] = [
  oneSource,
  someControllerHost,
  distinctHosts,
  rolesGoTogether,
  fewEnough,
  outsideOurRanges,
];
