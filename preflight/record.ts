/** Keeps what was learnt of the hosts of a stack in `hosts.<stack>.yaml`; its form is in `config/host-record.ts`. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { dialledAs, type HostRecord, hostRecordFile, type RecordedHost } from '../config/host-record.ts';
import type { ClusterConfig } from '../config/schema.ts';

/** What a pre-flight learnt: of hosts without a fault by name, of bastions by address and port. */
export interface NewFacts {
  readonly hosts: ReadonlyMap<string, RecordedHost>;
  readonly bastions: ReadonlyMap<string, string>;
}

const byText = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : one > other ? 1 : 0;

/**
 * The record after a look. What was learnt takes the place of what was known; of a host that had a fault this time, what
 * was known stays, its trusted key above all: also while the config has it at another address, which may be a mistake
 * that is taken back. Hosts and bastions that the config no longer names go.
 *
 * @returns `undefined` when there was no record and nothing is worth one
 */
export function nextRecord(
  before: HostRecord | undefined,
  { machinesList }: Pick<ClusterConfig, 'machinesList'>,
  learnt: NewFacts,
): HostRecord | undefined {
  if (before === undefined && learnt.hosts.size === 0) return undefined;
  const hosts = machinesList.flatMap(({ name }) => {
    const known = learnt.hosts.get(name) ?? before?.hosts[name];
    return known === undefined ? [] : [[name, known] as const];
  });
  const named = machinesList.flatMap(({ access }) =>
    access?.bastion === undefined ? [] : [dialledAs(access.bastion)],
  );
  const bastions = [...new Set(named)].flatMap((each) => {
    const known = learnt.bastions.get(each) ?? before?.bastions[each];
    return known === undefined ? [] : [[each, known] as const];
  });
  return {
    cluster: before?.cluster ?? randomBytes(16).toString('hex'),
    hosts: Object.fromEntries(hosts.sort(byText)),
    bastions: Object.fromEntries(bastions.sort(byText)),
  };
}

const head = `# What "make preflight" learnt of the hosts of this stack; it keeps this file, and nobody else has to.
# Commit it: the program takes from here which machines these are, and which host keys are trusted. Remove a host's entry
# to have its key accepted anew. The id in "cluster" is what the hosts of this cluster are marked with: keep it.
`;

/** A record as its file has it. */
function recordText({ cluster, hosts, bastions }: HostRecord): string {
  const content = { cluster, hosts, ...(Object.keys(bastions).length === 0 ? {} : { bastions }) };
  return `${head}${stringify(content, { lineWidth: 0 })}`;
}

/** Writes a record where it differs from what is there. Returns whether it did. */
export function writeRecord(stack: string, record: HostRecord, folder?: string): boolean {
  const path = hostRecordFile(stack, folder);
  const text = recordText(record);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return false;
  // Whole or not at all: the cluster's id must not be lost to a full disk.
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o644 });
  renameSync(draft, path);
  return true;
}
