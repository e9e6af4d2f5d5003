/** From raw values to the configuration: every fault at once, or everything computed. Pure. */
import { z } from 'zod';
import type { Lock } from '../artifacts/lock.ts';
import { type Diagnostic, editDistance, nearest } from './diagnostic.ts';
import type { HostRecord } from './host-record.ts';
import {
  fullKey,
  type KeyName,
  namespace,
  optionNames,
  options,
  type Settings,
  secretOptions,
} from './options/index.ts';
import { fromJson, fromRaw } from './options/raw-values.ts';
import { labNameLimit, type Messages, messagesOf, toLabel } from './options/schemas.ts';
import { listsOfHosts, machinesOfHosts, partialHosts, withRecorded } from './resolve/hosts.ts';
import { resolveConfig } from './resolve/index.ts';
import type { ClusterConfig } from './schema.ts';
import { findErrors, findWarnings } from './validate/index.ts';
import {
  type MachineList,
  machineLists,
  type PartialConfig,
  type PartialHost,
  type PartialMachine,
} from './validate/partial-config.ts';

/** What a configuration is parsed against. */
export interface ParseContext {
  /** The stack's name. */
  readonly stack: string;
  /** The artifact lock: which versions and architectures there are. */
  readonly lock: Lock;
  /**
   * What is known of the hosts: their architectures, where their entries name none. Without it they have the default
   * one, which is good enough for all that is said before they were looked at.
   */
  readonly record?: HostRecord;
  /** This computer's architecture, which the machines of a lab have. Default amd64, for checks that concern no lab. */
  readonly computer?: string;
}

/** The architecture where nothing says another. */
const defaultArchitecture = 'amd64';

/** What came of parsing. `config` is there exactly when there are no faults. */
export interface ParseResult {
  readonly config?: ClusterConfig;
  /** The lab's name, known even when other keys are faulty: taking a lab down needs no more. */
  readonly labName?: string;
  readonly faults: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Parses raw values.
 *
 * @param raw values by full key (`hardway:podCidr`), as Pulumi or a stack file has them. Keys of other namespaces are
 * passed over, unless theirs is a misspelt `hardway`. A key that is not there takes its default.
 */
export function parse(raw: Readonly<Record<string, unknown>>, context: ParseContext): ParseResult {
  const { draft, faults: ownFaults } = parsePartially(raw, context);
  // A value that is faulty on its own is missing from the draft; that it is missing is not said again.
  const said = new Set(ownFaults.map(({ path }) => path));
  const faults = [...ownFaults, ...findErrors(draft).filter(({ path }) => !said.has(path))];
  const warnings = findWarnings(draft);
  const { settings } = draft;
  if (faults.length > 0) return { labName: settings.labName, faults, warnings };
  // Without a fault every key has its value.
  const config = resolveConfig(context.stack, settings as Settings, context.record);
  return { config, labName: config.labName, faults, warnings };
}

/** Looks at each value on its own: what holds up, and the faults of what does not. {@link parse} does the rest. */
export function parsePartially(
  raw: Readonly<Record<string, unknown>>,
  { stack, lock, record, computer }: ParseContext,
): { draft: PartialConfig; faults: Diagnostic[] } {
  const faults = unknownKeys(raw);
  const settings: Partial<Record<KeyName, unknown>> = {};
  const given = new Set<KeyName>();
  const listed: PartialMachine[] = [];
  let hosts: PartialHost[] = [];
  for (const name of optionNames) {
    const { schema, default: fallback } = options[name];
    const own = fromRaw(schema, raw[fullKey(name)]);
    const value = own ?? fallback;
    if (own !== undefined && JSON.stringify(own) !== JSON.stringify(fallback)) given.add(name);
    const parsed = schema.safeParse(value);
    const issues = parsed.error?.issues ?? [];
    if (parsed.success) settings[name] = parsed.data;
    else faults.push(...hidden(name, faultsOf(schema, fullKey(name), value, issues)));
    if (name in machineLists) listed.push(...partialMachines(name as MachineList, value, issues));
    if (name === 'hosts') hosts = partialHosts(value, issues);
  }
  if (settings.labName === '') settings.labName = defaultLabName(stack);
  if (settings.architecture === '') {
    settings.architecture = (settings.machines === 'lab' ? computer : undefined) ?? defaultArchitecture;
  }
  const ofHosts = settings.machines === 'hosts';
  if (ofHosts) Object.assign(settings, listsOfHosts(settings.hosts as Settings['hosts'] | undefined));
  const machines = ofHosts ? machinesOfHosts(withRecorded(hosts, settings as Partial<Settings>, record)) : listed;
  return {
    draft: { settings: settings as Partial<Settings>, machines, hosts: ofHosts ? hosts : [], given, lock, computer },
    faults,
  };
}

/** Faults without the value, where it is nobody's to see. */
function hidden(name: KeyName, faults: Diagnostic[]): Diagnostic[] {
  const isSecret = ({ path }: Diagnostic): boolean => secretOptions.includes(name) || path.endsWith('.privateKey');
  return faults.map((fault) => (isSecret(fault) ? { ...fault, value: undefined } : fault));
}

/** The lab's name when the config names none: `hardway-<stack>`, with what Docker refuses made dashes. */
export function defaultLabName(stack: string): string {
  return toLabel(`hardway-${stack}`, labNameLimit);
}

function unknownKeys(raw: Readonly<Record<string, unknown>>): Diagnostic[] {
  return Object.entries(raw).flatMap(([path, value]): Diagnostic[] => {
    const [space, name] = path.includes(':') ? path.split(/:(.*)/s) : [namespace, path];
    if (space === undefined || name === undefined) return [];
    const ours = path.startsWith(`${namespace}:`);
    if (ours ? optionNames.some((known) => known === name) : editDistance(space, namespace) > 2) return [];
    const near = nearest(name, optionNames);
    const fix = near === undefined ? 'Remove it; the README lists the keys.' : `Did you mean ${fullKey(near)}?`;
    const shown = typeof value === 'string' ? fromJson(value) : value;
    return [{ path, value: shown, rule: 'is not a configuration key', fix }];
  });
}

/** A path below a key, as far as the value has such a place: an entry that is only a name has no `.name`. */
function pathBelow(root: string, value: unknown, path: readonly PropertyKey[]): { path: string; value: unknown } {
  let found = { path: root, value };
  for (const step of path) {
    if (typeof found.value !== 'object' || found.value === null) break;
    const place = typeof step === 'number' ? `[${step}]` : `.${String(step)}`;
    found = { path: found.path + place, value: (found.value as Record<PropertyKey, unknown>)[step] };
  }
  return found;
}

function innerSchema(schema: z.ZodType, step: PropertyKey | undefined): unknown {
  if (step === undefined) return undefined;
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodObject ? schema.shape[String(step)] : undefined;
}

/** The rule of the innermost schema along a path that has one, and that schema. */
function ruleAlong(schema: z.ZodType, path: readonly PropertyKey[]): { text: Messages; schema: z.ZodType } {
  let text: Messages = { rule: 'is not valid', fix: 'See the README for what it may be.' };
  let here: unknown = schema;
  const steps = [...path];
  while (here instanceof z.ZodType) {
    text = messagesOf(here) ?? text;
    if (here instanceof z.ZodOptional) here = here.unwrap();
    else if (here instanceof z.ZodPipe) here = here.out;
    else {
      const inner = innerSchema(here, steps.shift());
      if (inner === undefined) return { text, schema: here };
      here = inner;
    }
  }
  return { text, schema };
}

const said = (text: string | ((value: unknown) => string), value: unknown): string =>
  typeof text === 'string' ? text : text(value);

function faultsOf(schema: z.ZodType, root: string, raw: unknown, issues: readonly z.core.$ZodIssue[]): Diagnostic[] {
  const faults = issues.flatMap((issue): Diagnostic[] => {
    const at = ruleAlong(schema, issue.path);
    const { path, value } = pathBelow(root, raw, issue.path);
    if (issue.code === 'unrecognized_keys') {
      const known = at.schema instanceof z.ZodObject ? Object.keys(at.schema.shape) : [];
      return issue.keys.map((key) => {
        const near = nearest(key, known);
        return {
          ...pathBelow(root, raw, [...issue.path, key]),
          rule: `is not one of the keys ${known.join(', ')}`,
          fix: near === undefined ? 'Remove it.' : `Did you mean ${near}?`,
        };
      });
    }
    const rule = value === undefined ? 'is missing' : said(at.text.rule, value);
    return [{ path, value, rule, fix: said(at.text.fix, value) }];
  });
  return faults.filter((fault, index) => faults.findIndex(({ path }) => path === fault.path) === index);
}

/** The entries of a list with the fields that no issue is about. */
function partialMachines(list: MachineList, value: unknown, issues: readonly z.core.$ZodIssue[]): PartialMachine[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: unknown, index) => {
    const path = `${fullKey(list)}[${index}]`;
    const fields: Record<string, unknown> = typeof entry === 'string' ? { name: entry } : { ...(entry as object) };
    const isSound = (field: string): boolean =>
      typeof fields[field] === 'string' && !issues.some(({ path: [i, key] }) => i === index && key === field);
    const sound = Object.fromEntries(
      ['name', 'address', 'podCidr', 'architecture'].filter(isSound).map((field) => [field, fields[field]]),
    );
    return { list, path, namePath: typeof entry === 'string' ? path : `${path}.name`, ...sound };
  });
}
