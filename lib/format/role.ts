/**
 * What one role of a machine consists of, as plain values: each program of the role contributes a {@link ProgramPlan},
 * and the one writer in `components/remote/` ships the {@link RolePlan} they add up to. The same value can be printed,
 * which is what the goldens under `test/golden/` are.
 */

/** A file as it ends on the machine. */
export interface FilePlan {
  /** The whole content, UTF-8. */
  readonly content: string;
  /** Permission bits, e.g. `0o600`. */
  readonly mode: number;
  /** Owner and group as `user:group`. Default `root:root`. */
  readonly owner?: string;
}

/** A systemd unit that the role runs. */
export interface ServicePlan {
  /** The unit's name with its suffix, e.g. `etcd.service`. Its file is part of {@link RolePlan.files}. */
  readonly unit: string;
  /** Paths (files or links of the same role) whose change restarts the unit. The unit's own file always counts. */
  readonly restartOn: readonly string[];
  /** Reload (`systemctl reload`) in place of a restart when only these paths changed. Default none. */
  readonly reloadOn?: readonly string[];
}

/** Everything one role puts on one machine. */
export interface RolePlan {
  /** Files by absolute path. */
  readonly files: Readonly<Record<string, FilePlan>>;
  /** Directories that must exist, with their mode, by absolute path (parents of files come by themselves). */
  readonly directories?: Readonly<Record<string, FilePlan['mode']>>;
  /** Symbolic links by absolute path, to their target: `/usr/local/bin/etcd` to `/opt/hardway/etcd/3.7.3/etcd`. */
  readonly links: Readonly<Record<string, string>>;
  /** Units in the order they are started. */
  readonly services: readonly ServicePlan[];
  /**
   * Shell lines run before anything of the role is changed; one that fails prints why and stops the role there. They
   * change nothing themselves. Default none.
   */
  readonly require?: readonly string[];
  /**
   * Shell lines run once after files and links changed and before units start (`sysctl --system`, `swapoff -a`).
   * Each must be safe to run again. Default none.
   */
  readonly preStart?: readonly string[];
  /**
   * Shell lines that hold when the cluster can do without the role on this machine for a moment; tried for a minute
   * before units that run are restarted, and when they do not hold nothing is stopped. Default: it always can.
   */
  readonly mayStop?: readonly string[];
  /**
   * A shell condition that holds when the role works on this machine (one line, exits 0 within a second or so);
   * it is polled until it holds, so it never sleeps by itself.
   */
  readonly health: string;
}

/** What one program adds to the plan of its role. */
export type ProgramPlan = Partial<Omit<RolePlan, 'health'>> & {
  /** As {@link RolePlan.health}, of this program. Default: it has none of its own. */
  readonly health?: string;
};

/**
 * Joins the programs of a role into its plan. Order counts: it is the order in which things are made and started.
 *
 * @throws Error when two programs claim one path
 */
export function joinPrograms(...programs: readonly ProgramPlan[]): RolePlan {
  const entries = <T>(pick: (program: ProgramPlan) => Readonly<Record<string, T>> | undefined): [string, T][] =>
    programs.flatMap((program) => Object.entries(pick(program) ?? {}));
  const owned = [...entries((program) => program.files), ...entries((program) => program.links)].map(([path]) => path);
  const twice = owned.find((path, index) => owned.indexOf(path) !== index);
  if (twice !== undefined) throw new Error(`two programs of one role claim ${twice}`);
  return {
    files: Object.fromEntries(entries((program) => program.files)),
    directories: Object.fromEntries(entries((program) => program.directories)),
    links: Object.fromEntries(entries((program) => program.links)),
    services: programs.flatMap(({ services = [] }) => services),
    require: programs.flatMap(({ require = [] }) => require),
    preStart: programs.flatMap(({ preStart = [] }) => preStart),
    mayStop: programs.flatMap(({ mayStop = [] }) => mayStop),
    health: programs.flatMap(({ health }) => health ?? []).join(' && '),
  };
}

/** Where a staged artifact's binary lies: one folder a version, so that going back is flipping a link. */
export function stagedPath(artifact: string, version: string, file: string): string {
  return `/opt/hardway/${artifact}/${version}/${file}`;
}

/** Links in `/usr/local/bin` to binaries of one staged artifact. */
export function binaryLinks(artifact: string, version: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`/usr/local/bin/${name}`, stagedPath(artifact, version, name)]));
}
