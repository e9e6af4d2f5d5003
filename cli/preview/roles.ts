/** What a preview says of roles on machines: the lines of each file, and which units restart. Pure. */
import { z } from 'zod';
import { type PreviewStep, roleType } from '../drift/program.ts';
import { readUrn } from '../pulumi/events.ts';
import { changedLines } from './line-diff.ts';

/** A file or link that an update changes. */
export interface FileChange {
  readonly path: string;
  /** `- old` and `+ new` lines; of a file that comes or goes as a whole, one line that says so. */
  readonly lines: readonly string[];
}

/** What an update does to one role of one machine. */
export interface RoleChange {
  readonly machine: string;
  /** The role's name on the machine: `etcd`, `control-plane`, `node`, `load-balancer`, `pod-network`. */
  readonly role: string;
  /**
   * `create` and `delete`: the role comes or leaves; `change`: files of it differ; `again`: nothing of it differs, and it is
   * put there once more, since the machine was made again or an update failed.
   */
  readonly kind: 'create' | 'delete' | 'change' | 'again';
  readonly files: readonly FileChange[];
  /** Units that restart, without the suffix. */
  readonly restarts: readonly string[];
  /** Whether the new files are known only once certificates are renewed. */
  readonly unknown: boolean;
}

const texts = z.record(z.string(), z.string()).catch({});
const role = z.object({
  machine: z.string(),
  role: z.string(),
  plan: texts.nullable(),
  restarts: z.record(z.string(), z.array(z.string())).catch({}),
});
type Role = z.infer<typeof role>;

/** The inputs of a role; its plan is `null` where it is not known yet. */
function readRole(inputs: Readonly<Record<string, unknown>> | null | undefined): Role | undefined {
  if (inputs === null || inputs === undefined) return undefined;
  const plan = typeof inputs.plan === 'object' ? inputs.plan : null;
  return role.safeParse({ ...inputs, plan }).data;
}

/** The role that each component of the program puts on machines. */
const roleOf: Readonly<Record<string, string>> = { workers: 'node' };

/**
 * Every role that an update changes, in the order of the steps.
 *
 * @param machines - the names of the machines, to be found in the names of steps
 */
export function roleChanges(steps: readonly PreviewStep[], machines: readonly string[]): RoleChange[] {
  const changes = steps.flatMap((step): RoleChange[] => {
    const { type } = readUrn(step.urn);
    if (type !== roleType) return [];
    const before = readRole(step.oldState?.inputs);
    const after = readRole(step.newState?.inputs);
    const found = after ?? before;
    if (found === undefined) return [];
    const { machine } = found;
    const base = { machine, role: found.role, files: [], restarts: [], unknown: false };
    if (step.op === 'create' || step.op === 'delete') return [{ ...base, kind: step.op }];
    const change = step.op === 'update' && before && after ? changeOf(before, after) : undefined;
    if (change !== undefined && (change.files.length > 0 || change.unknown))
      return [{ ...base, kind: 'change', ...change }];
    return [];
  });
  // A preview does not list what stays the same: of these roles it has only the step that puts them on the machine.
  const again = steps.filter(({ urn, op }) => isRoleStep(urn) && ['update', 'replace'].includes(op));
  return [
    ...changes,
    ...again.flatMap(({ urn }): RoleChange[] => {
      const { room, name } = readUrn(urn);
      const machine = machines.find((one) => name === `${room}-${one}`);
      const role = roleOf[room] ?? room;
      if (machine === undefined || changes.some((one) => one.machine === machine && one.role === role)) return [];
      return [{ machine, role, kind: 'again', files: [], restarts: [], unknown: false }];
    }),
  ];
}

const isRoleStep = (urn: string): boolean => urn.includes(`${roleType}$command:remote:Command::`);

const unitName = (unit: string): string => unit.replace(/\.service$/, '');

/** A timer that starts again disturbs nothing. */
const isService = ([unit]: [string, unknown]): boolean => !unit.endsWith('.timer');

function changeOf(before: Role, after: Role): Pick<RoleChange, 'files' | 'restarts' | 'unknown'> {
  const watched = Object.entries({ ...before.restarts, ...after.restarts }).filter(isService);
  if (before.plan === null || after.plan === null)
    return { files: [], unknown: true, restarts: watched.map(([unit]) => unitName(unit)) };
  const files = fileChanges(before.plan, after.plan);
  const changed = new Set(files.map(({ path }) => path));
  const restarts = watched
    .filter(([unit, paths]) => [`/etc/systemd/system/${unit}`, ...paths].some((path) => changed.has(path)))
    .map(([unit]) => unitName(unit));
  return { files, restarts, unknown: false };
}

function fileChanges(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): FileChange[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths.flatMap((path): FileChange[] => {
    const [old, now] = [before[path], after[path]];
    if (old === now) return [];
    if (old === undefined) return [{ path, lines: ['+ (new)'] }];
    if (now === undefined) return [{ path, lines: ['- (removed)'] }];
    return [{ path, lines: changedLines(old, now) }];
  });
}
