/**
 * What one role of a machine consists of, as plain values: the shape every room's `files` returns and the one writer
 * in `components/remote/` ships. The same value can be printed, which is what the goldens under `test/golden/` are.
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
   * Shell lines run before anything of the role is changed; one that fails, having said why, stops it there. They change
   * nothing themselves. Default none.
   */
  readonly require?: readonly string[];
  /**
   * Shell lines run once after files and links changed and before units start (`sysctl --system`, `swapoff -a`).
   * Each must be safe to run again. Default none.
   */
  readonly settle?: readonly string[];
  /**
   * A shell condition that holds when the role works on this machine (one line, exits 0 within a second or so);
   * it is polled until it holds, so it never sleeps by itself.
   */
  readonly health: string;
}

/** Where a staged artifact's binary lies: one folder a version, so that going back is flipping a link. */
export function stagedPath(artifact: string, version: string, file: string): string {
  return `/opt/hardway/${artifact}/${version}/${file}`;
}
