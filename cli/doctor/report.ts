import { homedir } from 'node:os';
import { listTitles } from '../../toolchain/plan/package.ts';
import type { Computer } from './computer.ts';
import { isSupported, type Wanted } from './diagnose.ts';
import type { Hindrance, Missing, Plan } from './plan.ts';

/** All that `make doctor` found. */
export interface DoctorReport {
  readonly computer: Computer;
  /** The stack that was asked about; absent where its file cannot be used. */
  readonly wanted?: Wanted;
  readonly plan?: Plan;
  readonly hindrances: readonly Hindrance[];
}

const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
const minutes = (seconds: number): string => (seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`);
const sum = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((all, value) => all + (value ?? 0), 0);
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

function dockerText({ version, problem, planned }: Computer['docker']): string {
  if (version !== undefined)
    return problem ? `${version}, not usable for a lab` : `${version}, engine of this computer`;
  if (planned === 'start') return 'installed, not running';
  return planned === 'install' ? 'not installed' : 'no engine that a lab can use';
}

function facts({ computer, wanted }: DoctorReport): [string, string][] {
  const { system, architecture, versions, docker, disk, memory, user, root, proxies, certificates, platform } =
    computer;
  const tested = isSupported(computer) ? 'supported' : 'not tested';
  const authorities = [
    certificates.system ? "the system's" : "Node.js's own",
    ...(certificates.extra ? [`NODE_EXTRA_CA_CERTS=${certificates.extra}`] : []),
  ];
  const version = (name: keyof typeof versions) => `${name} ${versions[name] ?? '(none)'}`;
  const lines: [string, string][] = [
    [
      'computer',
      `${system.name}, ${architectures[architecture] ?? architecture} (${tested}); ${user}${root ? '' : ', not root'}`,
    ],
    ['programs', `${(['node', 'npm', 'pulumi', 'kubectl', 'go'] as const).map(version).join(', ')}`],
  ];
  if (platform === 'linux') lines.push(['docker', dockerText(docker)]);
  lines.push(
    [
      'disk',
      `${gib(disk.free)} free for ${disk.folder.replace(homedir(), '~')}; memory ${gib(memory.total)}, ${gib(memory.free)} free`,
    ],
    [
      'network',
      `${proxies.length > 0 ? `proxy by ${proxies.join(', ')}` : 'no proxy'}; certificates: ${authorities.join(', ')}`,
    ],
  );
  if (wanted) lines.push(['stack', `${wanted.stack}: ${wanted.machines}, ${wanted.machineCount} machines`]);
  return lines;
}

const megabytes = (found: readonly Missing[]): string =>
  `${found.every(({ exact }) => exact) ? '' : 'about '}${sum(found.map((file) => file.megabytes))} MB`;

function downloads(missing: readonly Missing[]): string[] {
  const found = missing.filter(({ source }) => source === 'download');
  if (found.length === 0) return [];
  const hosts = [...new Set(found.map(({ host }) => host ?? ''))];
  const lines = hosts.map((host) => {
    const from = found.filter((file) => file.host === host);
    return `  ${host} (${megabytes(from)}): ${listTitles(from.map(({ title }) => title))}`;
  });
  return [`to download, ${megabytes(found)}:`, ...lines];
}

function builds(missing: readonly Missing[]): string[] {
  const found = missing.filter(({ source }) => source === 'build');
  if (found.length === 0) return [];
  const reasons = [...new Set(found.map(({ why = '' }) => why))];
  const lines = reasons.map((reason) => {
    const of = found.filter(({ why }) => why === reason);
    return `  ${reason} (${minutes(sum(of.map(({ seconds }) => seconds)))}): ${listTitles(of.map(({ title }) => title))}`;
  });
  return [`to build here, about ${minutes(sum(found.map(({ seconds }) => seconds)))}:`, ...lines];
}

function plans(plan: Plan): string[] {
  const { missing, present, sumsToRead, hindrances } = plan;
  const cannot = hindrances.some(({ severity }) => severity === 'error');
  if (missing.length === 0 && !cannot && sumsToRead === 0) {
    return [`nothing to download: everything that the stack needs is here (${present} packages)`];
  }
  return [
    `in the cache or installed: ${present} packages`,
    ...downloads(missing),
    ...builds(missing),
    ...(sumsToRead > 0 ? [`to read from publishers: the checksums of ${sumsToRead} files that machines fetch`] : []),
  ];
}

/** The report as one screen of text. */
export function doctorText(report: DoctorReport): string {
  const { plan, hindrances } = report;
  const errors = hindrances.filter(({ severity }) => severity === 'error').length;
  return [
    ...facts(report).map(([name, text]) => `${name.padEnd(9)} ${text}`),
    ...(plan ? plans(plan) : []),
    ...hindrances.flatMap(({ severity, message, fix }) => [`${severity}: ${message}`, `  Fix: ${fix}`]),
    errors > 0
      ? `${errors} ${errors === 1 ? 'error stands' : 'errors stand'} in the way`
      : 'no errors: "make up" can start',
  ].join('\n');
}
