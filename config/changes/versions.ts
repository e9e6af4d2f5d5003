/** Which versions a cluster may be updated to from those it runs. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey } from '../options/index.ts';
import type { ClusterConfig } from '../schema.ts';

/** The versions that every machine of the cluster ran after the last update that finished. */
export interface RunningVersions {
  readonly kubernetes: string;
  readonly etcd: string;
}

const parts = (version: string): number[] => version.split('.').map(Number);

/** Below 0 when `a` is the older version. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  const index = left.findIndex((part, at) => part !== right[at]);
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}

/** Major and minor version: `1.37`. */
export const minorOf = (version: string): string => parts(version).slice(0, 2).join('.');

function nextMinor(version: string): string {
  const [major = 0, minor = 0] = parts(version);
  return `${major}.${minor + 1}`;
}

const sources = {
  kubernetes: {
    key: 'kubernetesVersion',
    down: 'an older API server may not be able to read what the newer one stored',
    source: 'https://kubernetes.io/releases/version-skew-policy/',
  },
  etcd: {
    key: 'etcdVersion',
    down: 'etcd does not read the data of a newer version',
    source: 'https://etcd.io/docs/latest/upgrades/',
  },
} as const;

/**
 * What is wrong with the wanted versions: older ones, and skipped minor versions. Going back from an update that did
 * not finish is allowed: the versions that run are those of the last one that did.
 *
 * @param running - the versions of the last update that finished
 * @param config - the wanted versions
 */
export function refusedVersions(
  running: Partial<RunningVersions>,
  config: Pick<ClusterConfig, 'kubernetesVersion' | 'etcdVersion'>,
): Diagnostic[] {
  return (['kubernetes', 'etcd'] as const).flatMap((program): Diagnostic[] => {
    const { key, down, source } = sources[program];
    const [before, value] = [running[program], config[key]];
    if (before === undefined || before === value) return [];
    const path = fullKey(key);
    if (compareVersions(value, before) < 0) {
      return [
        {
          severity: 'error',
          path,
          value,
          problem: `is older than ${before}, which the cluster runs: ${down} (${source})`,
          fix: `Set it to ${before} or a newer version.`,
        },
      ];
    }
    const minors = [minorOf(before), nextMinor(before)];
    if (minors.includes(minorOf(value))) return [];
    return [
      {
        severity: 'error',
        path,
        value,
        problem: `skips a minor version: the cluster runs ${before}, and only ${minors.join(' and ')} can follow (${source})`,
        fix: `Update to a ${nextMinor(before)} version first, then to this one.`,
      },
    ];
  });
}
