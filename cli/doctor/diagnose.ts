import type { Computer } from './computer.ts';
import type { Hindrance, Plan } from './plan.ts';

const gib = 1024 ** 3;
const inGib = (bytes: number): string => (bytes / gib).toFixed(1);

/** The systems that this program is tried on, by `ID` and `VERSION_ID` of /etc/os-release. */
const supported: Readonly<Record<string, readonly string[] | 'any'>> = {
  debian: ['12', '13'],
  ubuntu: ['22.04', '24.04'],
  fedora: 'any',
  macos: 'any',
};

/** The systems by name, for messages. */
const supportedNames = 'Debian 12 and 13, Ubuntu 22.04 and 24.04, Fedora; macOS for stacks of hosts and of AWS';

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

const error = (message: string, fix: string): Hindrance => ({ severity: 'error', message, fix });
const warning = (message: string, fix: string): Hindrance => ({ severity: 'warning', message, fix });

function ofSystem(computer: Computer): Hindrance[] {
  if (!['x64', 'arm64'].includes(computer.architecture)) {
    return [error(`this computer is ${computer.architecture}`, 'use a computer of amd64 or arm64')];
  }
  if (isSupported(computer)) return [];
  return [warning(`hardway is not tested on ${computer.system.name}`, `prefer one of: ${supportedNames}`)];
}

function ofDocker({ docker }: Computer): Hindrance[] {
  if (docker.problem) return [error(docker.problem.problem, docker.problem.fix)];
  if (docker.planned === 'install') {
    return [
      warning('there is no Docker engine on this computer', '"make up" installs docker.io, or install Docker Engine'),
    ];
  }
  return docker.planned === 'start' ? [warning('no Docker engine runs', '"make up" starts it')] : [];
}

function ofLab(computer: Computer, { stack, machineCount }: Wanted): Hindrance[] {
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
  const scarce = `${inGib(computer.memory.total)} GiB of memory may not be enough for ${machineCount} machines (about ${inGib(wanted)} GiB)`;
  return [
    ...ofDocker(computer),
    ...(computer.memory.total < wanted ? [warning(scarce, 'use fewer machines, or a computer with more memory')] : []),
  ];
}

function ofDisk({ disk }: Computer, plan: Plan | undefined): Hindrance[] {
  if (!plan || plan.missing.length === 0) return [];
  const found: Hindrance[] = [];
  if (!disk.writable) {
    found.push(error(`the cache ${disk.folder} is not writable`, 'set HARDWAY_CACHE to a folder of your own'));
  }
  if (disk.free < plan.needed) {
    found.push(
      error(
        `${disk.folder} has ${inGib(disk.free)} GiB free, and what is missing takes up to ${inGib(plan.needed)} GiB`,
        'free some space, or set HARDWAY_CACHE to a folder on another disk',
      ),
    );
  }
  return found;
}

function ofEnvironment({ certificates, passphraseSet }: Computer): Hindrance[] {
  const found: Hindrance[] = [];
  if (!certificates.extraReadable) {
    found.push(
      error(`NODE_EXTRA_CA_CERTS names ${certificates.extra}, which cannot be read`, 'correct its path, or unset it'),
    );
  }
  if (passphraseSet) {
    found.push(
      warning(
        'PULUMI_CONFIG_PASSPHRASE is set: no new stack is encrypted with it, and an existing one is decrypted with it only if .hardway/passphrase fails',
        'unset it, unless it is meant for a stack of this checkout or for a backend of your own',
      ),
    );
  }
  return found;
}

/** What stands in the way of a stack on a computer, errors first. */
export function diagnose(computer: Computer, wanted: Wanted | undefined, plan: Plan | undefined): Hindrance[] {
  const found = [
    ...ofSystem(computer),
    ...(wanted?.machines === 'lab' ? ofLab(computer, wanted) : []),
    ...ofDisk(computer, plan),
    ...ofEnvironment(computer),
    ...(plan?.hindrances ?? []),
  ];
  return errorsFirst(found);
}

/** Errors before warnings; the order is otherwise kept. */
export function errorsFirst(found: readonly Hindrance[]): Hindrance[] {
  return [
    ...found.filter(({ severity }) => severity === 'error'),
    ...found.filter(({ severity }) => severity === 'warning'),
  ];
}
