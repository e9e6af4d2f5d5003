/** Rules about what the lock has: the versions and architectures that the machines need. */
import { knownArchitectures, knownVersions } from '../../artifacts/lock.ts';
import { allRequiredArtifacts, type RequiredArtifact, requiredArtifacts } from '../../artifacts/required.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey } from '../options/index.ts';
import type { Role } from '../schema.ts';
import type { Rule } from './partial-config.ts';
import {
  becomesNode,
  isOnController,
  machineLists,
  ownMachines,
  type PartialConfig,
  type PartialMachine,
} from './partial-config.ts';

const list = (words: readonly string[]): string => words.join(', ') || 'nothing';

/** The versions that the lock has of everything a key is about. */
function versionsOf({ lock }: PartialConfig, key: RequiredArtifact['versionKey']): string[] {
  const lists = allRequiredArtifacts
    .filter((need) => need.versionKey === key)
    .map(({ name }) => knownVersions(lock, name));
  return (lists[0] ?? []).filter((version) => lists.every((each) => each.includes(version)));
}

const versionKeys = [...new Set(allRequiredArtifacts.map(({ versionKey }) => versionKey))];

const knownVersion: Rule = (draft) =>
  versionKeys.flatMap((key): Diagnostic[] => {
    const value = draft.settings[key];
    const known = versionsOf(draft, key);
    if (value === undefined || known.includes(value)) return [];
    const rule = `is not in the artifact lock, which has ${list(known)}`;
    return [
      { path: fullKey(key), value, rule, fix: 'Choose one of these, or add it to artifacts/artifacts.lock.json.' },
    ];
  });

/** What an entry's machine does, etcd on a controller included. */
function rolesOf(draft: PartialConfig, machine: PartialMachine): Role[] {
  const role: Role = machineLists[machine.list];
  const members = draft.machines.filter((each) => isOnController(draft, each));
  const hasEtcd =
    draft.settings.etcdMembers?.length === 0 || members.some(({ name }) => name !== undefined && name === machine.name);
  return role === 'controller' && hasEtcd ? ['etcd', role] : [role];
}

/** The artifacts, with their versions, that the lock has for other architectures and not for a machine's. */
function missingFor(draft: PartialConfig, machine: PartialMachine, arch: string): string[] {
  const needs = requiredArtifacts(
    { roles: rolesOf(draft, machine), isNode: becomesNode(draft, machine) },
    draft.settings.cni,
  );
  return needs.flatMap(({ name, versionKey }) => {
    const version = draft.settings[versionKey];
    if (version === undefined || !versionsOf(draft, versionKey).includes(version)) return [];
    return knownVersions(draft.lock, name, arch).includes(version) ? [] : [`${name} ${version}`];
  });
}

const knownArchitecture: Rule = (draft) => {
  const known = knownArchitectures(draft.lock);
  const missing = new Map<string, { value: string; artifacts: Set<string> }>();
  const fallback = draft.settings.architecture;
  for (const machine of ownMachines(draft)) {
    const value = machine.architecture ?? fallback;
    if (value === undefined) continue;
    const path = machine.architecture === undefined ? fullKey('architecture') : `${machine.path}.architecture`;
    const entry = missing.get(path) ?? { value, artifacts: new Set() };
    for (const artifact of missingFor(draft, machine, value)) entry.artifacts.add(artifact);
    if (entry.artifacts.size > 0 || !known.includes(value)) missing.set(path, entry);
  }
  return [...missing].map(([path, { value, artifacts }]): Diagnostic => {
    if (!known.includes(value)) {
      const rule = `is not an architecture of the artifact lock, which has ${list(known)}`;
      return { path, value, rule, fix: 'Choose one of these.' };
    }
    const rule = `lacks artifacts in the lock: it has no ${[...artifacts].join(', no ')} for it`;
    return { path, value, rule, fix: 'Choose other versions, or add them to artifacts/artifacts.lock.json.' };
  });
};

/** Machines of a lab are containers on this computer, and run what it runs. */
const labArchitecture: Rule = (draft) => {
  const { computer, settings } = draft;
  if (settings.machines !== 'lab' || computer === undefined) return [];
  const rule = `is not this computer's, which is ${computer}, and a lab's machines are containers on it`;
  const fix = "Remove it: a lab takes this computer's architecture.";
  const own = ownMachines(draft).flatMap(({ path, architecture: value }): Diagnostic[] =>
    value === undefined || value === computer ? [] : [{ path: `${path}.architecture`, value, rule, fix }],
  );
  const value = settings.architecture;
  if (value === undefined || value === computer) return own;
  return [{ path: fullKey('architecture'), value, rule, fix }, ...own];
};

/** The faults of versions and architectures. */
export const artifactRules: readonly Rule[] = [knownVersion, knownArchitecture, labArchitecture];
