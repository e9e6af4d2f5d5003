/** Rules about the lists of machines: how many, their names, what an entry may say. */

import type { Diagnostic } from '../diagnostic.ts';
import { fullKey } from '../options/index.ts';
import {
  becomesNode,
  entriesOf,
  isOnController,
  listPath,
  type MachineList,
  ownMachines,
  type PartialConfig,
  type PartialMachine,
  type Rule,
} from './partial-config.ts';

const someController: Rule = (draft) =>
  draft.settings.controllers?.length === 0 && draft.settings.machines !== 'hosts'
    ? [
        {
          path: fullKey('controllers'),
          value: [],
          rule: 'must name at least one controller',
          fix: 'Name one, like [ctl01].',
        },
      ]
    : [];

/** The way out when one name stands in two lists. */
function sharedNameFix(one: MachineList, other: MachineList): string {
  const lists = [one, other].sort().join();
  if (lists === 'controllers,workers') {
    return 'Give it another name; to run pods on controllers too, set hardway:controllersAsNodes to true.';
  }
  if (one !== other && lists.includes('etcdMembers')) {
    return 'Give it another name; etcd runs on controllers or on machines of its own.';
  }
  return 'Give it another name.';
}

/**
 * No two machines of the lists share a name; hosts have a rule of their own. An etcd member with a controller's name is
 * that controller, but only once.
 */
const distinctNames: Rule = (draft) => {
  const firsts = new Map<string, PartialMachine>();
  const onControllers = new Map<string, PartialMachine>();
  const all: readonly MachineList[] = ['controllers', 'workers', 'loadBalancers', 'etcdMembers'];
  const order = draft.settings.machines === 'hosts' ? [] : all;
  return order
    .flatMap((list) => entriesOf(draft, list))
    .flatMap((machine): Diagnostic[] => {
      const { name, namePath, list } = machine;
      if (name === undefined) return [];
      const seen = isOnController(draft, machine) ? onControllers : firsts;
      const first = seen.get(name);
      if (first === undefined) {
        seen.set(name, machine);
        return [];
      }
      const rule = `is the name of ${first.path} too`;
      return [{ path: namePath, value: name, rule, fix: sharedNameFix(first.list, list) }];
    });
};

/** The name that the lab's artifact mirror has among its machines. */
const mirrorName = 'mirror';

const notTheMirror: Rule = (draft) =>
  draft.machines
    .filter(({ name }) => draft.settings.machines === 'lab' && name === mirrorName)
    .map(({ namePath: path, name: value }) => ({
      path,
      value,
      rule: "is the name of the lab's artifact mirror",
      fix: 'Give the machine another name.',
    }));

/** An etcd member that is a controller is described where the controllers are. */
const describedOnce: Rule = (draft) =>
  entriesOf(draft, 'etcdMembers')
    .filter((machine) => isOnController(draft, machine))
    .flatMap((member) =>
      (['address', 'podCidr', 'architecture'] as const)
        .filter((field) => member[field] !== undefined)
        .map((field) => ({
          path: `${member.path}.${field}`,
          value: member[field],
          rule: `describes the controller ${member.name}, which ${fullKey('controllers')} describes`,
          fix: `Move it to the entry there.`,
        })),
    );

/** The faults of the lists of machines. */
export const machineRules: readonly Rule[] = [someController, distinctNames, notTheMirror, describedOnce];

/** The names of the etcd members, and the key that decides about them; `undefined` when a list is faulty. */
function etcdNames(draft: PartialConfig): { key: MachineList; names: (string | undefined)[] } | undefined {
  const key = draft.settings.etcdMembers?.length === 0 ? 'controllers' : 'etcdMembers';
  return draft.settings[key] && { key, names: entriesOf(draft, key).map(({ name }) => name) };
}

const machinesWord = (count: number): string => (count === 1 ? 'one machine' : `${count} machines`);

/** An even number of members survives no more losses than one fewer would. */
const oddMembers: Rule = (draft) => {
  const members = etcdNames(draft);
  const count = members?.names.length ?? 1;
  if (members === undefined || count === 0 || count % 2 === 1) return [];
  const survived = count / 2 - 1;
  const rule =
    survived === 0
      ? `makes ${count} etcd members, which stop when either is lost: a single member survives no less`
      : `makes ${count} etcd members, which survive the loss of ${machinesWord(survived)} and not of ${survived + 1}: ${count - 1} members survive no less`;
  return [
    {
      path: listPath(draft, members.key),
      value: members.names,
      rule,
      fix: `Use ${count + 1} to survive the loss of ${survived + 1}.`,
    },
  ];
};

/** Members beyond seven slow every write down. */
const fewMembers: Rule = (draft) => {
  const members = etcdNames(draft);
  if (members === undefined || members.names.length <= 7) return [];
  const rule = `makes ${members.names.length} etcd members, and every write waits for more than half of them`;
  return [{ path: listPath(draft, members.key), value: members.names, rule, fix: 'etcd advises 5, and 7 at most.' }];
};

/** Without a worker, ordinary pods have nowhere to run. */
const someWorker: Rule = (draft) => {
  const { settings } = draft;
  if (settings.workers?.length !== 0 || settings.controllersAsNodes === undefined) return [];
  const rule = settings.controllersAsNodes
    ? 'leaves only tainted controllers as nodes: pods that do not tolerate node-role.kubernetes.io/control-plane stay pending'
    : 'leaves the cluster without a node: every pod stays pending, those of the cluster DNS too';
  const ofHosts = settings.machines === 'hosts';
  const name = ofHosts ? 'Give a host roles: [worker]' : 'Name a worker, like [wrk01]';
  const fix = settings.controllersAsNodes ? `${name}.` : `${name}, or set ${fullKey('controllersAsNodes')} to true.`;
  return [{ path: listPath(draft, 'workers'), value: ofHosts ? undefined : [], rule, fix }];
};

/** A pod range is said for a machine that gets none. */
const usedPodRanges: Rule = (draft) =>
  ownMachines(draft).flatMap((machine): Diagnostic[] => {
    const { podCidr, path } = machine;
    const { cni } = draft.settings;
    if (podCidr === undefined || cni === undefined) return [];
    if (cni === 'bridge' && becomesNode(draft, machine)) return [];
    const reason =
      cni === 'bridge' ? 'the machine is not a node' : `${fullKey('cni')} is "${cni}", which gives nodes no ranges`;
    return [{ path: `${path}.podCidr`, value: podCidr, rule: `has no effect: ${reason}`, fix: 'Remove it.' }];
  });

/** What is allowed about the lists of machines, and worth knowing. */
export const machineWarnings: readonly Rule[] = [oddMembers, fewMembers, someWorker, usedPodRanges];
