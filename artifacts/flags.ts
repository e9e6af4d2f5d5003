/** What the programs of a version can be told: the flags they know, and the fields of their configurations. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A flag as `--help` describes it. */
export interface FlagInfo {
  /** `bool`, `int`, `float`, `duration`, or `string` for everything that only the program can read. */
  readonly type: string;
  readonly deprecated?: boolean;
  /** Whether it has no effect, since the program is given a configuration file. */
  readonly ignored?: boolean;
}

/** The flags of a program by name. */
export type ProgramFlags = Readonly<Record<string, FlagInfo>>;

/** What is known of one version: made by `node toolchain/list-flags.ts`. */
export interface KnownFlags {
  readonly programs: Readonly<Record<string, ProgramFlags>>;
  /** Top-level fields by the kind of a configuration, e.g. `KubeletConfiguration`. */
  readonly configurations: Readonly<Record<string, readonly string[]>>;
}

const folder = join(import.meta.dirname, 'flags');

/** Where the flags of a version are. */
export function flagsFile(group: string, version: string): string {
  return join(folder, `${group}-${version}.json`);
}

/**
 * The flags of a version: its own, or those of another patch of the same minor version, which has the same.
 *
 * @param group - name of the artifact in the lock: `kubernetes`, `etcd`, `containerd`
 * @returns `undefined` where they are not known
 */
export function knownFlags(group: string, version: string): KnownFlags | undefined {
  const minor = version.split('.').slice(0, 2).join('.');
  const siblings = readdirSync(folder).filter((name) => name.startsWith(`${group}-${minor}.`));
  const file = existsSync(flagsFile(group, version))
    ? flagsFile(group, version)
    : siblings.map((name) => join(folder, name))[0];
  return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as KnownFlags);
}
