/** What `preflight/probe.sh` found on a host, read into values. Pure. */
import type { RecordedHost } from '../config/host-record.ts';
import type { Ran } from '../ssh/command.ts';

/** Whether a kernel feature is there, can be loaded, cannot, or is not to be known. */
export type Feature = 'yes' | 'module' | 'no' | 'unknown';

/** A socket that somebody listens on. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** The program's name, where it is known. */
  readonly program?: string;
}

/** A file system, in MiB. */
export interface Disk {
  /** The folder that was asked for; the file system is that of the nearest one that is there. */
  readonly path: string;
  /** Where that file system is mounted. */
  readonly mount: string;
  readonly size: number;
  readonly free: number;
}

/** What a host is right now. */
export interface HostFacts {
  /** Whether the look was taken as root. */
  readonly isRoot: boolean;
  /** `debian 12`: ID and VERSION_ID of /etc/os-release. */
  readonly os: string;
  /** By Go's name: `amd64`. */
  readonly architecture: string;
  /** The kernel's release: `6.1.0-18-amd64`. */
  readonly kernel: string;
  readonly hostname: string;
  /** Name of process 1. */
  readonly init: string;
  readonly hasApt: boolean;
  readonly machineId: string;
  /** Differs from boot to boot, and from one kernel to another. */
  readonly boot: string;
  /** Whether CAP_SYS_RESOURCE can be had. */
  readonly sysResource: boolean;
  readonly cgroupVersion: 1 | 2;
  readonly container: boolean;
  /** Whether the modules of the running kernel are on the disk. */
  readonly hasModules: boolean;
  readonly features: ReadonlyMap<string, Feature>;
  /** Devices and files that are swapped to. */
  readonly swap: readonly string[];
  /** Memory in MiB. */
  readonly memory: number;
  readonly cpus: number;
  readonly disks: readonly Disk[];
  readonly listeners: readonly Listener[];
  /** IPv4 addresses of its interfaces. */
  readonly addresses: readonly string[];
  /** The same with the prefixes of their networks, where those are known: `192.0.2.7/24`. */
  readonly networks: readonly string[];
  readonly hasDefaultRoute: boolean;
  /** Paths that clusters leave behind. */
  readonly leftovers: readonly string[];
  /** Units that belong to clusters or container engines. */
  readonly units: readonly string[];
  /** Units that run and that roles would take over: `nginx`, `keepalived`. */
  readonly active: readonly string[];
  /** Firewalls that are on: `ufw`, `firewalld`. */
  readonly firewalls: readonly string[];
  /** Roles of a cluster that lie there, by their folders: `etcd`, `control-plane`. */
  readonly roles: readonly string[];
  /** First line of the mark that hardway leaves on its hosts; empty when there is none. */
  readonly mark: string;
  /** How far its clock is ahead of this machine's, in milliseconds, and by how much that may be wrong. */
  readonly clock: { readonly ahead: number; readonly give: number };
}

const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  i686: '386',
};

/** Bit of CAP_SYS_RESOURCE in a capability set. */
const SYS_RESOURCE = 24n;

function hasSysResource(hex: string): boolean {
  return /^[0-9a-f]+$/.test(hex) && (BigInt(`0x${hex}`) & (1n << SYS_RESOURCE)) !== 0n;
}

/** Programs by protocol and port out of lines of `ss -Hlntup`. */
function programsOf(lines: readonly string[]): Map<string, string> {
  const found = lines.flatMap((line) => {
    const [protocol = '', , , , local = ''] = line.split(/\s+/);
    const program = /users:\(\("([^"]+)"/.exec(line)?.[1];
    const port = /:(\d+)$/.exec(local)?.[1];
    return program === undefined || port === undefined ? [] : [[`${protocol} ${port}`, program] as const];
  });
  return new Map(found);
}

function listenersOf(values: (key: string) => string[]): Listener[] {
  const programs = programsOf(values('ss'));
  const sockets = (['tcp', 'udp'] as const).flatMap((protocol) =>
    [...values(`listen.${protocol}`), ...values(`listen.${protocol}6`)].map((socket) => ({
      protocol,
      port: Number.parseInt(socket.split(':')[1] ?? '', 16),
    })),
  );
  const distinct = new Map(sockets.map((each) => [`${each.protocol} ${each.port}`, each]));
  return [...distinct].map(([key, each]) => {
    const program = programs.get(key);
    return program === undefined ? each : { ...each, program };
  });
}

/** The facts in what the probe said; `undefined` when it did not come to its end. */
export function parseFacts({
  stdout,
  sentAt,
  heardAt,
}: Pick<Ran, 'stdout' | 'sentAt' | 'heardAt'>): HostFacts | undefined {
  const lines = new Map<string, string[]>();
  for (const line of stdout.split('\n')) {
    const [, key, value] = /^([A-Za-z0-9._]+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) lines.set(key, [...(lines.get(key) ?? []), value.trim()]);
  }
  const values = (key: string): string[] => lines.get(key) ?? [];
  const value = (key: string): string => values(key).at(-1) ?? '';
  if (value('end') !== '1') return undefined;
  const machine = value('machine');
  const features = [...lines.keys()].filter((key) => key.startsWith('feature.'));
  return {
    isRoot: value('uid') === '0',
    os: value('os'),
    architecture: architectures[machine] ?? machine,
    kernel: value('kernel'),
    hostname: value('hostname'),
    init: value('init'),
    hasApt: value('apt') === 'yes',
    machineId: value('machineId'),
    boot: value('boot'),
    sysResource: hasSysResource(value('capabilities')),
    cgroupVersion: value('cgroup') === '2' ? 2 : 1,
    container: value('container') === 'yes',
    hasModules: value('modules') === 'yes',
    features: new Map(features.map((key) => [key.slice('feature.'.length), value(key) as Feature])),
    swap: values('swap').map((line) => line.split(/\s+/)[0] ?? ''),
    memory: Math.round(Number(value('memory')) / 1024),
    cpus: Number(value('cpus')),
    disks: values('disk').map((line) => {
      const [path = '', size = '', free = '', ...mount] = line.split(' ');
      return {
        path,
        mount: mount.join(' '),
        size: Math.round(Number(size) / 1024),
        free: Math.round(Number(free) / 1024),
      };
    }),
    listeners: listenersOf(values),
    addresses: values('address').map((each) => each.replace(/\/.*$/, '')),
    networks: values('address').filter((each) => each.includes('/')),
    hasDefaultRoute: value('route') === 'yes',
    leftovers: values('left'),
    units: values('unit'),
    active: values('active'),
    firewalls: values('firewall'),
    roles: values('role'),
    mark: value('identity'),
    clock: { ahead: Number(value('clock')) * 1000 - (sentAt + heardAt) / 2, give: (heardAt - sentAt) / 2 },
  };
}

/** The part of the facts that is recorded: what does not change from day to day. */
export function recorded(facts: HostFacts, dialled: string, hostKey: string): RecordedHost {
  const { os, architecture, cgroupVersion, sysResource, container } = facts;
  return { dialled, hostKey, os, architecture, cgroupVersion, sysResource, container };
}
