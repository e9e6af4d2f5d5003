/** A preview in words: the roll as a summary, then what changes on each machine. Pure. */
import { z } from 'zod';
import { type PreviewStep, previewSchema, readPreview } from '../drift/program.ts';
import { knownWarning } from '../output/progress-reporter.ts';
import { plain, readUrn } from '../pulumi/events.ts';
import { changedLines } from './line-diff.ts';
import { type RoleChange, roleChanges } from './roles.ts';

/** What an update would do. */
export interface PreviewReport {
  /** The roll in plain words, a line each; empty where nothing changes. */
  readonly summary: readonly string[];
  /** What changes, machine by machine, then everything else. */
  readonly details: readonly string[];
  /** Whether something restarts, is drained or removed: worth a question. */
  readonly disruptive: boolean;
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
}

/** What a preview cannot tell. */
export interface PreviewOptions {
  /** How many nodes are updated at the same time. Default 1. */
  readonly nodesAtOnce?: number;
  /** Machines that the update leaves as they are. Default none. */
  readonly leftOut?: readonly string[];
}

/** Lines of a file that are shown. */
const shownLines = 40;

/** The order in which roles are rolled. */
const order = ['etcd', 'control-plane', 'load-balancer', 'node', 'pod-network'];
const rank = (role: string): number => (order.indexOf(role) + order.length + 1) % (order.length + 1);

const list = (names: readonly string[]): string => [...new Set(names)].join(', ');

/**
 * Reads what `pulumi preview --json` printed.
 *
 * @param machines - the machines in the order of the configuration, which is the order of a roll
 * @throws an error when it is not what a preview prints
 */
export function previewReport(
  printed: string,
  machines: readonly string[],
  { nodesAtOnce = 1, leftOut = [] }: PreviewOptions = {},
): PreviewReport {
  const { steps: all, diagnostics } = previewSchema.parse(JSON.parse(printed));
  const steps = (all ?? []).filter(({ op }) => op !== 'same' && op !== 'read');
  const place = (machine: string): number => (machines.includes(machine) ? machines.indexOf(machine) : machines.length);
  const roles = roleChanges(all ?? [], machines)
    .filter(({ machine }) => !leftOut.includes(machine))
    .sort((one, other) => rank(one.role) - rank(other.role) || place(one.machine) - place(other.machine));
  const others = otherChanges(steps);
  const drained = drainedNodes(steps)
    .filter((node) => !leftOut.includes(node))
    .sort((one, other) => place(one) - place(other));
  const { errors, renewals } = readPreview(printed, new Date());
  const removed = others.filter(({ op, isKey }) => !isKey && ['delete', 'replace'].includes(op));
  const warnings = (diagnostics ?? [])
    .filter(({ severity, message }) => severity === 'warning' && !knownWarning.test(message))
    .map(({ message }) =>
      plain(message)
        .trim()
        .replace(/^warning: /, ''),
    );
  return {
    summary: rollLines(steps, roles, others, { renewals: renewals.length, nodesAtOnce, drained }),
    details: [...roleLines(roles), ...stagingLines(steps), ...others.filter(({ isKey }) => !isKey).map(otherText)],
    disruptive:
      steps.some(({ urn, op }) => isMachine(urn) && op !== 'create') ||
      drained.length > 0 ||
      roles.some(({ kind, restarts }) => kind === 'delete' || restarts.length > 0) ||
      removed.length > 0,
    ...{ warnings, errors },
  };
}

/** The same sentence of machines that have the same to say, in the order of their roles. */
function grouped(roles: readonly RoleChange[], text: (change: RoleChange) => string | undefined): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const change of roles) {
    const key = text(change);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), change.machine]);
  }
  return [...groups];
}

/** What the steps of roles do not tell. */
interface RollFacts {
  /** How many certificates are renewed. */
  readonly renewals: number;
  readonly nodesAtOnce: number;
  /** Nodes whose pods are taken off, in the order of the configuration. */
  readonly drained: readonly string[];
}

function rollLines(
  steps: readonly PreviewStep[],
  roles: readonly RoleChange[],
  others: readonly Other[],
  { renewals, nodesAtOnce, drained }: RollFacts,
): string[] {
  const of = (kind: RoleChange['kind']) => roles.filter((change) => change.kind === kind);
  const restarts = grouped(of('change'), ({ restarts: units, unknown }) =>
    units.length > 0 ? `restarts ${list(units)}${unknown ? ' (new certificates)' : ''}` : undefined,
  ).map(([text, on], index) => {
    const isNode = /\b(kubelet|containerd)\b/.test(text);
    const atATime = `${isNode && nodesAtOnce > 1 ? nodesAtOnce : 'one'} at a time`;
    const where = on.length > 1 ? `on ${on.length} machines, ${atATime}: ${list(on)}` : `on ${list(on)}`;
    return `${index > 0 ? 'then ' : ''}${text} ${where}`;
  });
  const quiet = of('change').filter(({ restarts: units }) => units.length === 0);
  const leaving = of('delete');
  const nodes = leaving.filter(({ role }) => role === 'node');
  const staged = steps.filter(({ urn }) => readUrn(urn).type === stageType).map(stageOf);
  return [
    ...machineLines(steps),
    ...(renewals > 0 ? [`renews ${renewals} certificates`] : []),
    ...sentence(
      'fetches new versions onto',
      staged.flatMap(({ machine, changed }) => (changed ? machine : [])),
    ),
    ...grouped(of('create'), ({ role }) => role).map(([role, on]) => `adds the role ${role} on ${list(on)}`),
    ...sentence(
      'puts roles again onto',
      of('again').map(({ machine }) => machine),
    ),
    ...sentence('drains each node before its update:', drained),
    ...restarts,
    ...sentence(
      'changes files without a restart on',
      quiet.map(({ machine }) => machine),
    ),
    ...(nodes.length > 0 ? [`nodes leave: ${list(nodes.map(({ machine }) => machine))} (drained first)`] : []),
    ...grouped(leaving, ({ role }) => (role === 'node' ? undefined : role)).map(
      ([role, on]) => `removes the role ${role} from ${list(on)}`,
    ),
    ...sentence('removes the machines', machinesOf(steps, 'delete')),
    ...(['create', 'update', 'replace', 'delete'] as const).flatMap((op) => {
      const of = others.filter((one) => one.op === op);
      const keys = of.filter(({ isKey }) => isKey).length;
      return [
        ...sentence(
          `${op}s`,
          of.flatMap(({ isKey, label }) => (isKey ? [] : label)),
          6,
        ),
        ...(keys > 0 ? [`${op}s ${keys} keys and certificates`] : []),
      ];
    }),
  ];
}

/** The nodes whose pods are taken off before their programs change. */
const drainedNodes = (steps: readonly PreviewStep[]): string[] =>
  steps.flatMap(({ urn, op, newState }) =>
    op === 'update' && readUrn(urn).type === 'hardway:workers:Drain' ? String(newState?.inputs?.node) : [],
  );

/** The machines that steps of some operations are about. */
const machinesOf = (steps: readonly PreviewStep[], ...ops: string[]): string[] =>
  steps.filter(({ urn, op }) => isMachine(urn) && ops.includes(op)).map(({ urn }) => machineName(urn));

/** Machines that are created, or created again. */
function machineLines(steps: readonly PreviewStep[]): string[] {
  const of = (...ops: string[]) => machinesOf(steps, ...ops);
  return [
    ...sentence('creates the machines', of('create')),
    ...sentence('creates the machines again:', of('update', 'replace')),
  ];
}

const isMachine = (urn: string): boolean =>
  /hardway:machines:Lab\$command:local:Command::machines-(?!network$|mirror$)/.test(urn);
const machineName = (urn: string): string => readUrn(urn).name.replace(/^machines-/, '');

/** A sentence about things, of which only the first are named; none without any. */
function sentence(begin: string, things: readonly string[], most = things.length): string[] {
  const all = [...new Set(things)];
  if (all.length === 0) return [];
  const more = all.length > most ? ` and ${all.length - most} more` : '';
  return [`${begin} ${all.slice(0, most).join(', ')}${more}`];
}

/** The files of each role, once for machines whose changes are the same. */
function roleLines(roles: readonly RoleChange[]): string[] {
  const texts = grouped(roles, ({ role, kind, files, unknown }) => {
    if (kind === 'again') return `${role}: put there again`;
    if (kind !== 'change') return `${role}: ${kind === 'create' ? 'new' : 'removed'}`;
    if (unknown) return `${role}: its files are known once the certificates are renewed`;
    return [`${role}:`, ...files.flatMap(({ path, lines }) => [`  ${path}`, ...cut(lines)])].join('\n');
  });
  return texts.flatMap(([text, on]) => `${list(on)}, ${text}`.split('\n'));
}

const cut = (lines: readonly string[]): string[] => {
  const left = lines.length - shownLines;
  return [...lines.slice(0, shownLines), ...(left > 0 ? [`(${left} more lines)`] : [])].map((line) => `    ${line}`);
};

const stageType = 'hardway:remote:Stage';
const stageInputs = z.object({ machine: z.string(), artifacts: z.array(z.string()).catch([]) });

function stageOf({ urn, oldState, newState }: PreviewStep) {
  const [before, after] = [oldState, newState].map((state) => stageInputs.safeParse(state?.inputs ?? {}).data);
  const machine = after?.machine ?? before?.machine ?? readUrn(urn).name;
  const text = (artifacts: readonly string[] = []): string => artifacts.map(shortArtifact).join('\n');
  const lines = before && after ? changedLines(text(before.artifacts), text(after.artifacts)) : [];
  return { machine, lines, changed: lines.some((line) => line.startsWith('+ ')) };
}

/** `etcd 3.7.3 URL SHA` without what a person does not compare. */
const shortArtifact = (artifact: string): string => {
  const [name, version, , sum = ''] = artifact.split(' ');
  return `${name} ${version} (SHA-256 ${sum.slice(0, 12)})`;
};

function stagingLines(steps: readonly PreviewStep[]): string[] {
  const groups = new Map<string, string[]>();
  for (const step of steps.filter(({ urn }) => readUrn(urn).type === stageType)) {
    const { machine, lines } = stageOf(step);
    const key = lines.map((line) => `    ${line}`).join('\n');
    if (key !== '') groups.set(key, [...(groups.get(key) ?? []), machine]);
  }
  return [...groups].flatMap(([text, on]) => [`${list(on)}, programs:`, ...text.split('\n')]);
}

interface Other {
  readonly op: string;
  /** Name and kind: `addons-coredns (Deployment)`. */
  readonly label: string;
  readonly properties: readonly string[];
  /** Whether it is a key, a request or a certificate: what comes and goes with machines, or is renewed. */
  readonly isKey: boolean;
}

const operations = new Set(['create', 'update', 'replace', 'delete']);

/** What is neither a role nor plumbing: keys, certificates, objects of the API, machines. */
function otherChanges(steps: readonly PreviewStep[]): Other[] {
  return steps
    .filter(({ urn, op }) => {
      const { type } = readUrn(urn);
      // Steps on machines carry out what the roles say, and verify it; records and providers are plumbing.
      const plumbing = /^(hardway:|pulumi:|command:remote:|random:index\/randomId:)/.test(type);
      return operations.has(op) && !plumbing && !isMachine(urn);
    })
    .map(({ urn, op, detailedDiff, diffReasons }) => {
      const { name, type } = readUrn(urn);
      const whole = op === 'create' || op === 'delete';
      const properties = whole ? [] : [...new Set([...Object.keys(detailedDiff ?? {}), ...(diffReasons ?? [])])];
      return { op, label: `${name} (${type.split(':').at(-1)})`, properties, isKey: type.startsWith('tls:') };
    });
}

function otherText({ op, label, properties }: Other): string {
  return `${label}: ${op}${properties.length > 0 ? `: ${properties.slice(0, 6).join(', ')}` : ''}`;
}
