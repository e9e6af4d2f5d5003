import { homedir } from 'node:os';
import type { Computer } from './computer.ts';
import { isSupported, type Obstacle, type Wanted } from './diagnose.ts';
import type { Missing, Plan } from './plan.ts';

/** All that `make doctor` found. */
export interface DoctorReport {
  readonly computer: Computer;
  /** The stack that was asked about; absent where its file cannot be used. */
  readonly wanted?: Wanted;
  readonly plan?: Plan;
  readonly obstacles: readonly Obstacle[];
}

const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
const minutes = (seconds: number): string => (seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`);
const sum = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((all, each) => all + (each ?? 0), 0);
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const kinds: Readonly<Record<Computer['docker']['kind'], string>> = {
  none: 'not installed',
  silent: 'installed, no engine answers',
  forbidden: 'an engine that this user may not use',
  local: 'engine of this computer',
  rootless: 'rootless engine',
  desktop: 'Docker Desktop',
  remote: 'engine of another computer',
};

function facts({ computer, wanted }: DoctorReport): [string, string][] {
  const { system, architecture, versions, docker, disk, memory, user, root, proxies, certificates } = computer;
  const tried = isSupported(computer) ? 'supported' : 'not tried';
  const answers = ['local', 'rootless', 'desktop', 'remote'].includes(docker.kind);
  const authorities = [
    certificates.system ? "the system's" : "Node.js's own",
    ...(certificates.extra ? [`NODE_EXTRA_CA_CERTS=${certificates.extra}`] : []),
  ];
  const version = (name: keyof typeof versions) => `${name} ${versions[name] ?? '-'}`;
  return [
    [
      'computer',
      `${system.name}, ${architectures[architecture] ?? architecture} (${tried}); ${user}${root ? '' : ', not root'}`,
    ],
    ['programs', `${(['node', 'npm', 'pulumi', 'kubectl', 'go'] as const).map(version).join(', ')}`],
    ['docker', answers ? `${docker.detail}, ${kinds[docker.kind]}` : kinds[docker.kind]],
    [
      'disk',
      `${gib(disk.free)} free for ${disk.folder.replace(homedir(), '~')}; memory ${gib(memory.total)}, ${gib(memory.free)} free`,
    ],
    [
      'network',
      `${proxies.length > 0 ? `proxy by ${proxies.join(', ')}` : 'no proxy'}; certificates: ${authorities.join(', ')}`,
    ],
    ...(wanted
      ? [['stack', `${wanted.stack}: ${wanted.machines}, ${wanted.machineCount} machines`] as [string, string]]
      : []),
  ];
}

function downloads(missing: readonly Missing[]): string[] {
  const found = missing.filter(({ source }) => source === 'download');
  if (found.length === 0) return [];
  const hosts = [...new Set(found.map(({ host }) => host ?? ''))];
  const lines = hosts.map((host) => {
    const from = found.filter((each) => each.host === host);
    return `  ${host}: ${from.map(({ title }) => title).join(', ')} (${sum(from.map(({ megabytes }) => megabytes))} MB)`;
  });
  return [`to download, about ${sum(found.map(({ megabytes }) => megabytes))} MB:`, ...lines];
}

function builds(missing: readonly Missing[]): string[] {
  const found = missing.filter(({ source }) => source === 'build');
  if (found.length === 0) return [];
  const reasons = [...new Set(found.map(({ why = '' }) => why))];
  const lines = reasons.map((reason) => {
    const list = found
      .filter(({ why }) => why === reason)
      .map(({ title, seconds = 0 }) => `${title} (${minutes(seconds)})`);
    return `  ${reason}: ${list.join(', ')}`;
  });
  return [`to build here, about ${minutes(sum(found.map(({ seconds }) => seconds)))}:`, ...lines];
}

/** The report as one screen of text. */
export function doctorText(report: DoctorReport): string {
  const { plan, obstacles } = report;
  const errors = obstacles.filter(({ severity }) => severity === 'error').length;
  const nothing = plan && plan.missing.length === 0 && plan.unobtainable.length === 0;
  return [
    ...facts(report).map(([name, text]) => `${name.padEnd(9)} ${text}`),
    ...(nothing ? [`everything that the stack needs is here (${plan.present} parts)`] : []),
    ...(plan ? [...downloads(plan.missing), ...builds(plan.missing)] : []),
    ...obstacles.flatMap(({ severity, message, fix }) => [`${severity}: ${message}`, `  Fix: ${fix}`]),
    errors > 0 ? `${errors} ${errors === 1 ? 'error stands' : 'errors stand'} in the way` : 'nothing stands in the way',
  ].join('\n');
}
