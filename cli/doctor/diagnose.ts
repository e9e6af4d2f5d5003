import { minimumGo } from '../../toolchain/go.ts';
import { isAtLeast } from '../../toolchain/semver.ts';
import type { Computer } from './computer.ts';
import type { Plan } from './plan.ts';

const gib = 1024 ** 3;

/** Something that stands in the way, or may. */
export interface Obstacle {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix: string;
}

/** The systems that this program is tried on, by `ID` and `VERSION_ID` of /etc/os-release. */
const supported: Readonly<Record<string, readonly string[] | 'any'>> = {
  debian: ['12', '13'],
  ubuntu: ['22.04', '24.04'],
  fedora: 'any',
  macos: 'any',
};

/** The systems by name, for messages. */
export const supportedNames = 'Debian 12 and 13, Ubuntu 22.04 and 24.04, Fedora; macOS for stacks of hosts and of AWS';

/** Whether this program is tried on a system. */
export function isSupported({ system, architecture }: Pick<Computer, 'system' | 'architecture'>): boolean {
  const versions = supported[system.id];
  return ['x64', 'arm64'].includes(architecture) && (versions === 'any' || versions?.includes(system.version) === true);
}

/** What of a stack decides about the computer. */
export interface Wanted {
  readonly stack: string;
  readonly machines: 'lab' | 'hosts' | 'aws';
  readonly machineCount: number;
}

const error = (message: string, fix: string): Obstacle => ({ severity: 'error', message, fix });
const warning = (message: string, fix: string): Obstacle => ({ severity: 'warning', message, fix });

function ofSystem(computer: Computer): Obstacle[] {
  if (!['x64', 'arm64'].includes(computer.architecture)) {
    return [error(`this computer is ${computer.architecture}`, 'use a computer of amd64 or arm64')];
  }
  if (isSupported(computer)) return [];
  return [
    warning(`${computer.system.name} is none of the systems this is tried on`, `prefer one of: ${supportedNames}`),
  ];
}

function ofDocker({ docker, root, user }: Computer): Obstacle[] {
  const where = 'a lab needs the engine of this computer itself, with root rights';
  switch (docker.kind) {
    case 'none':
      return root
        ? [warning('Docker is not installed', '"make up" installs Debian\'s docker.io, or install Docker yourself')]
        : [
            error(
              'Docker is not installed',
              'install Docker, or run as root on Debian or Ubuntu: "make up" installs it',
            ),
          ];
    case 'silent':
      return root
        ? [warning(`no Docker engine answers: ${docker.detail}`, '"make up" starts the one that is installed')]
        : [error(`no Docker engine answers: ${docker.detail}`, 'start Docker (systemctl start docker)')];
    case 'forbidden':
      return [error(`${user} may not use Docker`, `usermod -aG docker ${user}, then log in again; or run as root`)];
    case 'desktop':
      return [error(`Docker Desktop runs the engine in a virtual machine; ${where}`, 'install Docker Engine')];
    case 'rootless':
      return [
        error(`the Docker engine is rootless; ${where}`, 'use the engine of the system: docker context use default'),
      ];
    case 'remote':
      return [
        error(`the Docker client talks to another computer; ${where}`, 'unset DOCKER_HOST: docker context use default'),
      ];
    default:
      return [];
  }
}

function ofLab(computer: Computer, { stack, machineCount }: Wanted): Obstacle[] {
  if (computer.platform !== 'linux') {
    return [
      error(
        `stack ${stack} is a lab, which needs Linux`,
        'use a Linux computer or a virtual machine; from here stacks with "hardway:machines: hosts" or "aws" work',
      ),
    ];
  }
  // A control plane takes about a gibibyte, a node about half of one.
  const wanted = (1 + machineCount / 2) * gib;
  const scarce = computer.memory.total < wanted;
  const inGib = (bytes: number) => (bytes / gib).toFixed(1);
  return [
    ...ofDocker(computer),
    ...(scarce
      ? [
          warning(
            `${inGib(computer.memory.total)} GiB of memory are little for ${machineCount} machines (about ${inGib(wanted)} GiB)`,
            'use fewer machines, or a computer with more memory',
          ),
        ]
      : []),
  ];
}

function ofDisk({ disk }: Computer, plan: Plan | undefined): Obstacle[] {
  if (!plan || plan.missing.length === 0) return [];
  const found: Obstacle[] = [];
  if (!disk.writable) {
    found.push(error(`the cache ${disk.folder} is not writable`, 'set HARDWAY_CACHE to a folder of your own'));
  }
  if (disk.free < plan.needed) {
    const inGib = (bytes: number) => (bytes / gib).toFixed(1);
    found.push(
      error(
        `${disk.folder} has ${inGib(disk.free)} GiB free, and what is missing takes up to ${inGib(plan.needed)} GiB`,
        'free some space, or set HARDWAY_CACHE to a folder on another disk',
      ),
    );
  }
  return found;
}

function ofNetwork(computer: Computer): Obstacle[] {
  const { proxies, proxyHonoured, certificates, passphraseSet } = computer;
  const found: Obstacle[] = [];
  if (proxies.length > 0 && !proxyHonoured) {
    found.push(
      warning(
        `${proxies.join(' and ')} is set, and this Node.js does not honour it`,
        'start with make, or set NODE_USE_ENV_PROXY=1',
      ),
    );
  }
  if (!certificates.extraReadable) {
    found.push(
      error(`NODE_EXTRA_CA_CERTS names ${certificates.extra}, which cannot be read`, 'correct its path, or unset it'),
    );
  }
  if (passphraseSet) {
    found.push(
      warning(
        'PULUMI_CONFIG_PASSPHRASE is set: a new stack is not sealed with it, an old one opened with it only where .hardway/passphrase does not',
        'unset it, unless it is meant for a stack of this checkout or for a backend of your own',
      ),
    );
  }
  return found;
}

/** The way on where publishers cannot be reached. */
const reach = 'let the publishers be reached, or name a mirror in HARDWAY_DOWNLOAD_BASE';

function ofPlan(computer: Computer, plan: Plan | undefined): Obstacle[] {
  const { versions } = computer;
  const cannot = (plan?.unobtainable ?? []).map((message) => {
    const [what = '', fix = 'let the publisher be reached'] = message.split(/\n\s*(?:next step|Fix): /);
    return error(what, fix);
  });
  const builds = plan?.missing.filter(({ source }) => source === 'build') ?? [];
  if (builds.length === 0) return cannot;
  if (!isAtLeast(versions.go ?? 'none', minimumGo)) {
    const have = versions.go ? `Go ${versions.go} is too old` : 'there is no Go';
    const what = `${builds.length} parts would have to be built (${builds[0]?.why}), and ${have}`;
    return [...cannot, error(what, `${reach}, or install Go ${minimumGo} or newer`)];
  }
  const hosts = [...new Set(builds.flatMap(({ unreachable }) => unreachable ?? []))];
  const seconds = builds.reduce((all, each) => all + (each.seconds ?? 0), 0);
  return hosts.length === 0
    ? cannot
    : [
        ...cannot,
        warning(
          `${hosts.join(', ')} cannot be reached: what comes from there is built here (about ${Math.ceil(seconds / 60)} min)`,
          `${reach}${computer.proxies.length > 0 ? '; the proxy may refuse them' : ', or set HTTPS_PROXY where there is a proxy'}`,
        ),
      ];
}

/** What stands in the way of a stack on a computer, errors first. */
export function diagnose(computer: Computer, wanted: Wanted | undefined, plan: Plan | undefined): Obstacle[] {
  const found = [
    ...ofSystem(computer),
    ...(wanted?.machines === 'lab' ? ofLab(computer, wanted) : []),
    ...ofDisk(computer, plan),
    ...ofNetwork(computer),
    ...ofPlan(computer, plan),
  ];
  return [
    ...found.filter(({ severity }) => severity === 'error'),
    ...found.filter(({ severity }) => severity === 'warning'),
  ];
}
