/** From raw values to the configuration: every error at once, or everything resolved. */
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import type { Lock } from '../artifacts/lock.ts';
import { type Diagnostic, findNearest, type Problem } from './diagnostic.ts';
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
import { defaultLabName } from './options/lab.ts';
import type { Option } from './options/option.ts';
import { fromJson, fromRaw } from './options/raw-values.ts';
import { type Messages, messagesOf } from './options/schemas.ts';
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

export { defaultLabName } from './options/lab.ts';

type RawValues = Readonly<Record<string, unknown>>;

/** What a configuration is parsed against. */
export interface ParseContext {
  /** The stack's name. */
  readonly stack: string;
  /** The artifact lock: which versions and architectures there are. */
  readonly lock: Lock;
  /**
   * What is known of the hosts: their architectures, where their entries name none. Without it they have the default
   * architecture, which is enough for everything that runs before the first pre-flight.
   */
  readonly record?: HostRecord;
  /** This computer's architecture, which the machines of a lab have. Default amd64, for checks that concern no lab. */
  readonly computer?: string;
}

/** The architecture where nothing names another. */
const defaultArchitecture = 'amd64';

/** The result of parsing. `config` is there exactly when there are no errors. */
export interface ParseResult {
  readonly config?: ClusterConfig;
  /** The lab's name, known even when other options have errors: taking a lab down needs no more. */
  readonly labName?: string;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Parses raw values.
 *
 * @param raw - values by full key (`hardway:podCidr`), as Pulumi or a stack file has them. Keys of other namespaces are
 * ignored, unless the namespace is a misspelt `hardway`. A missing key takes its default
 */
export function parse(raw: RawValues, context: ParseContext): ParseResult {
  const { partial, errors: single, warnings: renames } = parsePartially(raw, context);
  // An invalid value is missing from the partial config; that it is missing is not reported again.
  const reported = new Set(single.map(({ path }) => path));
  const across = findErrors(partial).filter(({ path }) => !reported.has(path));
  const errors = [...withSeverity('error', single), ...across];
  const warnings = [...withSeverity('warning', renames), ...findWarnings(partial)];
  const { settings } = partial;
  if (errors.length > 0) return { labName: settings.labName, errors, warnings };
  // Without an error every option has its value.
  const config = resolveConfig(context.stack, settings as Settings, context.record);
  return { config, labName: config.labName, errors, warnings };
}

const withSeverity = (severity: Diagnostic['severity'], problems: readonly Problem[]): Diagnostic[] =>
  problems.map((problem) => ({ severity, ...problem }));

/** Checks each value on its own: the valid ones, and the errors of the others. {@link parse} does the rest. */
export function parsePartially(
  given: RawValues,
  { stack, lock, record, computer }: ParseContext,
): { partial: PartialConfig; errors: Problem[]; warnings: Problem[] } {
  const { raw, errors, warnings } = withCurrentNames(given);
  errors.push(...findUnknownKeys(raw));
  const settings: Partial<Record<KeyName, unknown>> = {};
  const setByStack = new Set<KeyName>();
  const listed: PartialMachine[] = [];
  let hosts: PartialHost[] = [];
  for (const name of optionNames) {
    const { schema, default: fallback } = options[name];
    const own = fromRaw(schema, raw[fullKey(name)]);
    const value = own ?? fallback;
    if (own !== undefined && JSON.stringify(own) !== JSON.stringify(fallback)) setByStack.add(name);
    const parsed = schema.safeParse(value);
    const issues = parsed.error?.issues ?? [];
    if (parsed.success) settings[name] = parsed.data;
    else errors.push(...withoutSecrets(name, explainIssues(schema, fullKey(name), value, issues)));
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
  const partial: PartialConfig = {
    settings: settings as Partial<Settings>,
    machines,
    hosts: ofHosts ? hosts : [],
    given: setByStack,
    lock,
    computer,
  };
  return { partial, errors, warnings };
}

/** Moves values under former names of options to the current ones. */
function withCurrentNames(given: RawValues): { raw: RawValues; errors: Problem[]; warnings: Problem[] } {
  const raw = { ...given };
  const errors: Problem[] = [];
  const warnings: Problem[] = [];
  for (const name of optionNames) {
    const { formerName }: Option = options[name];
    const path = formerName === undefined ? undefined : fullKey(formerName);
    if (path === undefined || raw[path] === undefined) continue;
    const problem = `is the former name of ${fullKey(name)}`;
    if (raw[fullKey(name)] === undefined) {
      raw[fullKey(name)] = raw[path];
      warnings.push({ path, value: undefined, problem, fix: `Rename it to ${fullKey(name)}.` });
    } else {
      errors.push({ path, value: undefined, problem: `${problem}, which is set too`, fix: `Remove ${path}.` });
    }
    delete raw[path];
  }
  return { raw, errors, warnings };
}

/** Removes the values of secrets. */
function withoutSecrets(name: KeyName, problems: Problem[]): Problem[] {
  const isSecret = ({ path }: Problem): boolean => secretOptions.includes(name) || path.endsWith('.privateKey');
  return problems.map((problem) => (isSecret(problem) ? { ...problem, value: undefined } : problem));
}

function findUnknownKeys(raw: RawValues): Problem[] {
  return Object.entries(raw).flatMap(([path, value]): Problem[] => {
    const [space, name] = path.includes(':') ? path.split(/:(.*)/s) : [namespace, path];
    if (space === undefined || name === undefined) return [];
    const ours = path.startsWith(`${namespace}:`);
    if (ours ? optionNames.some((known) => known === name) : distance(space, namespace) > 2) return [];
    const near = findNearest(name, optionNames);
    const fix = near === undefined ? 'Remove it; docs/configuration lists the keys.' : `Did you mean ${fullKey(near)}?`;
    const shown = typeof value === 'string' ? fromJson(value) : value;
    return [{ path, value: shown, problem: 'is not a configuration key', fix }];
  });
}

/** A path below a key, as far as the value has such a place: an entry that is only a name has no `.name`. */
function pathBelow(root: string, value: unknown, path: readonly PropertyKey[]): { path: string; value: unknown } {
  let place = { path: root, value };
  for (const step of path) {
    if (typeof place.value !== 'object' || place.value === null) break;
    const suffix = typeof step === 'number' ? `[${step}]` : `.${String(step)}`;
    place = { path: place.path + suffix, value: (place.value as Record<PropertyKey, unknown>)[step] };
  }
  return place;
}

function innerSchema(schema: z.ZodType, step: PropertyKey | undefined): unknown {
  if (step === undefined) return undefined;
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodObject ? schema.shape[String(step)] : undefined;
}

/** The messages of the innermost schema along a path that has some, and that schema. */
function messagesAlong(schema: z.ZodType, path: readonly PropertyKey[]): { messages: Messages; schema: z.ZodType } {
  let messages: Messages = { rule: 'is not valid', fix: 'docs/configuration says what it may be.' };
  let inner: unknown = schema;
  const steps = [...path];
  while (inner instanceof z.ZodType) {
    messages = messagesOf(inner) ?? messages;
    if (inner instanceof z.ZodOptional) inner = inner.unwrap();
    else if (inner instanceof z.ZodPipe) inner = inner.out;
    else {
      const next = innerSchema(inner, steps.shift());
      if (next === undefined) return { messages, schema: inner };
      inner = next;
    }
  }
  return { messages, schema };
}

const textFor = (text: string | ((value: unknown) => string), value: unknown): string =>
  typeof text === 'string' ? text : text(value);

/** Zod's issues of one value as problems, one for each path. */
function explainIssues(schema: z.ZodType, root: string, raw: unknown, issues: readonly z.core.$ZodIssue[]): Problem[] {
  const problems = issues.flatMap((issue): Problem[] => {
    const at = messagesAlong(schema, issue.path);
    const { path, value } = pathBelow(root, raw, issue.path);
    if (issue.code === 'unrecognized_keys') {
      const known = at.schema instanceof z.ZodObject ? Object.keys(at.schema.shape) : [];
      return issue.keys.map((key) => {
        const near = findNearest(key, known);
        return {
          ...pathBelow(root, raw, [...issue.path, key]),
          problem: `is not one of the keys ${known.join(', ')}`,
          fix: near === undefined ? 'Remove it.' : `Did you mean ${near}?`,
        };
      });
    }
    const problem = value === undefined ? 'is missing' : textFor(at.messages.rule, value);
    return [{ path, value, problem, fix: textFor(at.messages.fix, value) }];
  });
  return problems.filter((problem, index) => problems.findIndex(({ path }) => path === problem.path) === index);
}

/** The entries of a list with their valid fields. */
function partialMachines(list: MachineList, value: unknown, issues: readonly z.core.$ZodIssue[]): PartialMachine[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: unknown, index) => {
    const path = `${fullKey(list)}[${index}]`;
    const fields: Record<string, unknown> = typeof entry === 'string' ? { name: entry } : { ...(entry as object) };
    const isValid = (field: string): boolean =>
      typeof fields[field] === 'string' && !issues.some(({ path: [i, key] }) => i === index && key === field);
    const valid = Object.fromEntries(
      ['name', 'address', 'podCidr', 'architecture'].filter(isValid).map((field) => [field, fields[field]]),
    );
    return { list, path, namePath: typeof entry === 'string' ? path : `${path}.name`, ...valid };
  });
}
