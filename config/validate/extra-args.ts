/** Rules about further flags and fields: known to the program's version, not hardway's own, of the right type. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FlagInfo, type KnownFlags, knownFlags } from '../../artifacts/flags.ts';
import { findNearest, type Problem } from '../diagnostic.ts';
import { fullKey, type KeyName, type Settings } from '../options/index.ts';
import type { PartialConfig, Rule } from './partial-config.ts';

type VersionKey = 'kubernetesVersion' | 'etcdVersion' | 'containerdVersion';

interface Program {
  readonly name: string;
  readonly group: string;
  readonly version: VersionKey;
  /** The key for the fields of its configuration, where it has one. */
  readonly fields?: KeyName;
  /** Own flags that may be set otherwise: nothing else of the cluster depends on them. */
  readonly adjustable: readonly string[];
  /** The flags that count, where a configuration file makes the program ignore the others. */
  readonly heeded?: RegExp;
}

const kubernetes = { group: 'kubernetes', version: 'kubernetesVersion' } as const;
const timing = ['auto-compaction-mode', 'auto-compaction-retention', 'quota-backend-bytes'];

/** The programs by the key for their flags. */
const programs = {
  apiServerExtraArgs: {
    ...{ ...kubernetes, name: 'kube-apiserver' },
    adjustable: [
      'enable-admission-plugins',
      'event-ttl',
      'kubelet-preferred-address-types',
      'profiling',
      'shutdown-watch-termination-grace-period',
      'tls-min-version',
    ],
  },
  controllerManagerExtraArgs: {
    ...{ ...kubernetes, name: 'kube-controller-manager' },
    adjustable: ['leader-elect-retry-period', 'profiling'],
  },
  schedulerExtraArgs: { ...kubernetes, name: 'kube-scheduler', adjustable: [] },
  kubeletExtraArgs: { ...kubernetes, name: 'kubelet', fields: 'kubeletExtraConfig', adjustable: [] },
  kubeProxyExtraArgs: {
    ...{ ...kubernetes, name: 'kube-proxy', fields: 'kubeProxyExtraConfig', adjustable: [] },
    heeded: /^(v|vmodule|log-.*|logging-format|show-hidden-metrics-for-version)$/,
  },
  etcdExtraArgs: {
    ...{ group: 'etcd', version: 'etcdVersion', name: 'etcd' },
    adjustable: [...timing, 'tls-min-version', 'watch-progress-notify-interval'],
  },
  containerdExtraArgs: { group: 'containerd', version: 'containerdVersion', name: 'containerd', adjustable: [] },
} as const satisfies Partial<Record<KeyName, Program>>;

/** The configurations by the key for their fields. */
const configurations = {
  kubeletExtraConfig: {
    ...{ ...kubernetes, kind: 'KubeletConfiguration' },
    adjustable: [
      ...['containerLogMaxFiles', 'containerLogMaxSize', 'evictionHard', 'imageGCHighThresholdPercent'],
      ...['imageGCLowThresholdPercent', 'maxParallelImagePulls', 'runtimeRequestTimeout', 'serializeImagePulls'],
      ...['shutdownGracePeriod', 'shutdownGracePeriodCriticalPods', 'tlsMinVersion'],
    ],
  },
  kubeProxyExtraConfig: {
    ...{ ...kubernetes, kind: 'KubeProxyConfiguration' },
    adjustable: ['conntrack', 'nodePortAddresses'],
  },
} as const;

/** Keys that say the same as a flag or field of hardway's own. */
const sameAs: Readonly<Record<string, KeyName>> = {
  'audit-log-maxage': 'auditLogMaxAgeDays',
  'audit-log-maxbackup': 'auditLogMaxBackups',
  'audit-log-maxsize': 'auditLogMaxSizeMiB',
  'service-cluster-ip-range': 'serviceCidr',
  'service-node-port-range': 'nodePortRange',
  'cluster-name': 'clusterName',
  clusterDNS: 'dnsServiceAddress',
  clusterDomain: 'clusterDomain',
  clusterCIDR: 'podCidr',
  mode: 'kubeProxyMode',
};

/** Flags that hardway does not set, and that would contradict what it does set. */
const contradicting: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kube-apiserver': { 'anonymous-auth': 'the authentication configuration says who is anonymous' },
  'kube-controller-manager': { 'cluster-cidr': 'nodes get their pod ranges from hardway or the pod network' },
  kubelet: { 'pod-cidr': 'nodes get their pod ranges from hardway or the pod network' },
  etcd: Object.fromEntries(
    ['initial-cluster', 'initial-cluster-state', 'initial-cluster-token'].map((flag) => [
      flag,
      "the member's first start reads it from /etc/etcd/bootstrap.env",
    ]),
  ),
};

let own: Readonly<Record<string, readonly string[]>> | undefined;

/** The flags and fields that hardway sets itself, by program or kind; a test keeps them what the units have. */
function ownFlags(): Readonly<Record<string, readonly string[]>> {
  const file = join(import.meta.dirname, '..', '..', 'artifacts', 'flags', 'set-by-hardway.json');
  own ??= JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, readonly string[]>>;
  return own;
}

const known = new Map<string, KnownFlags | undefined>();

function knownOf({ settings }: PartialConfig, group: string, versionKey: VersionKey): KnownFlags | undefined {
  const version = settings[versionKey];
  if (version === undefined) return undefined;
  const name = `${group} ${version}`;
  if (!known.has(name)) known.set(name, knownFlags(group, version));
  return known.get(name);
}

/** What is wrong with a value for a flag of a type; `undefined` when nothing is. */
function typeProblem({ type }: FlagInfo, value: unknown): { problem: string; fix: string } | undefined {
  const text = String(value);
  if (type === 'bool' && !/^(true|false)$/.test(text))
    return { problem: 'must be true or false', fix: 'Write true or false.' };
  if (type === 'int' && !/^-?\d+$/.test(text))
    return { problem: 'must be a whole number', fix: 'Write a whole number.' };
  if (type === 'float' && !/^-?\d+(\.\d+)?$/.test(text)) return { problem: 'must be a number', fix: 'Write a number.' };
  if (type === 'duration' && !/^(0|(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+)$/.test(text)) {
    return { problem: 'must be a duration', fix: 'Write it like "30s" or "1h30m".' };
  }
  return undefined;
}

/** What a name that hardway sets itself is refused with. */
function ownProblem(name: string, what: string): { problem: string; fix: string } {
  const key = sameAs[name];
  return {
    problem: `is a ${what} that hardway sets itself`,
    fix: key === undefined ? 'Remove it.' : `Set ${fullKey(key)} instead.`,
  };
}

function unknownProblem(name: string, what: string, owner: string, names: readonly string[]) {
  const near = findNearest(name, names);
  return { problem: `is not a ${what} of ${owner}`, fix: near === undefined ? 'Remove it.' : `Did you mean ${near}?` };
}

function flagProblem(program: Program, partial: PartialConfig, flag: string, value: unknown) {
  if (flag.startsWith('-'))
    return { problem: 'must not begin with a dash', fix: `Write it as ${flag.replace(/^-+/, '')}.` };
  if (ownFlags()[program.name]?.includes(flag) && !program.adjustable.includes(flag)) return ownProblem(flag, 'flag');
  const reason = contradicting[program.name]?.[flag];
  if (reason !== undefined) return { problem: `must not be set: ${reason}`, fix: 'Remove it.' };
  const flags = knownOf(partial, program.group, program.version)?.programs[program.name];
  if (flags === undefined) return undefined;
  const info = flags[flag];
  const owner = `${program.name} ${partial.settings[program.version]}`;
  if (info === undefined) return unknownProblem(flag, 'flag', owner, Object.keys(flags));
  if (info.ignored || (program.heeded && !program.heeded.test(flag))) {
    const fix = program.fields === undefined ? 'Remove it.' : `Set the field in ${fullKey(program.fields)} instead.`;
    return { problem: `has no effect: ${program.name} has a configuration file, and ignores it`, fix };
  }
  return typeProblem(info, value);
}

const flagRule: Rule = (partial) =>
  (Object.entries(programs) as [keyof typeof programs, Program][]).flatMap(([key, program]) =>
    Object.entries(partial.settings[key] ?? {}).flatMap(([flag, value]): Problem[] => {
      const problem = flagProblem(program, partial, flag, value);
      return problem === undefined ? [] : [{ path: `${fullKey(key)}.${flag}`, value, ...problem }];
    }),
  );

const fieldRule: Rule = (partial) =>
  (
    Object.entries(configurations) as [keyof typeof configurations, (typeof configurations)['kubeletExtraConfig']][]
  ).flatMap(([key, { kind, group, version, adjustable }]) =>
    Object.entries(partial.settings[key] ?? {}).flatMap(([field, value]): Problem[] => {
      const at = { path: `${fullKey(key)}.${field}`, value };
      const isOwn = ownFlags()[kind]?.includes(field) && !(adjustable as readonly string[]).includes(field);
      if (isOwn || ['apiVersion', 'kind'].includes(field)) return [{ ...at, ...ownProblem(field, 'field') }];
      const fields = knownOf(partial, group, version)?.configurations[kind];
      if (fields === undefined || fields.includes(field)) return [];
      return [{ ...at, ...unknownProblem(field, 'field', `${kind} ${partial.settings[version]}`, fields) }];
    }),
  );

/** The errors of further flags and fields. */
export const extraArgsRules: readonly Rule[] = [flagRule, fieldRule];

/** Flags that count, and that the program calls deprecated. */
const deprecated: Rule = (partial) =>
  (Object.entries(programs) as [keyof typeof programs, Program][]).flatMap(([key, program]) => {
    const flags = knownOf(partial, program.group, program.version)?.programs[program.name] ?? {};
    return Object.entries(partial.settings[key] ?? {}).flatMap(([flag, value]): Problem[] => {
      if (!flags[flag]?.deprecated || flags[flag]?.ignored) return [];
      const fix =
        program.fields === undefined
          ? 'See its documentation.'
          : `Set the field in ${fullKey(program.fields)} instead.`;
      return [{ path: `${fullKey(key)}.${flag}`, value, problem: `is deprecated in ${program.name}`, fix }];
    });
  });

/** Flags and fields of a version that nothing is known about. */
const unchecked: Rule = (partial) => {
  const keys = { ...programs, ...configurations };
  return (Object.keys(keys) as (keyof typeof keys)[]).flatMap((key): Problem[] => {
    const { group, version } = keys[key];
    const value = partial.settings[key] as Settings[typeof key] | undefined;
    if (value === undefined || Object.keys(value).length === 0 || knownOf(partial, group, version)) return [];
    const problem = `is not checked: the flags of ${group} ${partial.settings[version]} are not recorded`;
    return [{ path: fullKey(key), value, problem, fix: 'Run "node toolchain/list-flags.ts" where its binaries are.' }];
  });
};

/** The warnings of further flags. */
export const extraArgsWarnings: readonly Rule[] = [deprecated, unchecked];
