import { access } from 'node:fs/promises';
import { hostname, release, userInfo } from 'node:os';
import { execa } from 'execa';
import { z } from 'zod';
import { UserError } from '../lib/user-error.ts';

import { findOnPath } from './host.ts';

/** Longest wait for a `docker` command that only asks, in milliseconds. */
const askMs = 10_000;

/** The oldest engine that gives a container a control group namespace of its own. */
const oldest = [20, 10] as const;

/** What is wrong, and what to do about it. */
export interface EngineProblem {
  readonly problem: string;
  readonly fix: string;
}

const serverSchema = z.object({
  Version: z.string().default(''),
  Components: z.array(z.object({ Name: z.string() })).nullish(),
});

const infoSchema = z.object({
  OperatingSystem: z.string().default(''),
  OSType: z.string().default('linux'),
  KernelVersion: z.string().default(''),
  Name: z.string().default(''),
  DockerRootDir: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullish(),
});

/** What a Docker engine says of itself. */
export interface EngineFacts {
  /** `docker version`, the server's part. */
  readonly server: z.output<typeof serverSchema>;
  /** `docker info`. */
  readonly info: z.output<typeof infoSchema>;
}

/** This computer, as far as the engine must be on it. */
export interface Computer {
  readonly kernel: string;
  readonly name: string;
}

const ownEngine = 'the Docker engine of this computer (`docker context use default`, and DOCKER_HOST unset)';

/**
 * What is wrong with where the `docker` command looks for its engine, before anybody is asked.
 *
 * @param endpoint - `unix:///var/run/docker.sock`
 * @param source - where it is set: `DOCKER_HOST`, or the context's name
 */
export function endpointProblem(endpoint: string, source: string): EngineProblem | undefined {
  if (/^(tcp|ssh|https?):\/\//.test(endpoint) && !/^\w+:\/\/(localhost|127\.|\[::1\])/.test(endpoint)) {
    return {
      problem: `Docker's engine is on another computer (${endpoint.replace(/\/\/[^@/]*@/, '//')}, from ${source}), and the lab's machines must be on this one`,
      fix: `use ${ownEngine}`,
    };
  }
  if (/\/\.docker\/desktop\//.test(endpoint)) return desktop;
  if (/^unix:\/\/\/run\/user\/\d+\//.test(endpoint)) return rootless;
  if (/\/(\.colima|\.lima|\.rd|\.orbstack)\//.test(endpoint)) return virtual(endpoint);
  return undefined;
}

const desktop: EngineProblem = {
  problem:
    "Docker Desktop runs containers in a virtual machine: the lab's machines have no addresses that this computer reaches",
  fix: `install Docker Engine (on Debian and Ubuntu: sudo apt-get install docker.io) and use ${ownEngine}`,
};

const rootless: EngineProblem = {
  problem:
    "Docker runs rootless: the lab's machines run kubelet and containerd, which takes an engine with root's rights",
  fix: `use ${ownEngine}; it runs as root (sudo systemctl enable --now docker)`,
};

const podman: EngineProblem = {
  problem:
    "`docker` is Podman here: the lab uses Docker's networks and container options, which Podman does not have in full",
  fix: 'install Docker Engine (docker.io, moby-engine or docker-ce) in place of podman-docker',
};

const virtual = (where: string): EngineProblem => ({
  problem: `Docker's engine runs in a virtual machine (${where}): the lab's machines have no addresses that this computer reaches`,
  fix: `install Docker Engine and use ${ownEngine}`,
});

/** Whether `DOCKER_HOST` names the socket at which an engine of this computer answers, or nothing. */
export function isUsualSocket(host: string | undefined): boolean {
  return !host || /^unix:\/\/(\/var)?\/run\/docker\.sock$/.test(host);
}

/** Whether a version such as `20.10.24+dfsg1` is older than {@link oldest}. Unreadable ones are not. */
function isOld(version: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
}

/** What keeps a lab from running on an engine that answers. */
export function engineProblem({ server, info }: EngineFacts, computer: Computer): EngineProblem | undefined {
  if (server.Components?.some(({ Name }) => /podman/i.test(Name))) return podman;
  if (info.OperatingSystem === 'Docker Desktop') return desktop;
  const options = info.SecurityOptions ?? [];
  if (options.some((option) => /\bname=rootless\b/.test(option))) return rootless;
  if (info.OSType !== 'linux') return virtual(`for ${info.OSType} containers`);
  if (info.KernelVersion !== '' && info.KernelVersion !== computer.kernel) {
    return virtual(
      `${info.Name || info.OperatingSystem}, Linux ${info.KernelVersion}; ${computer.name} is ${computer.kernel}`,
    );
  }
  if (options.some((option) => /\bname=userns\b/.test(option))) {
    return {
      problem: "Docker maps users (userns-remap), and the lab's machines need the real ones",
      fix: 'remove "userns-remap" from /etc/docker/daemon.json and restart Docker',
    };
  }
  if (info.DockerRootDir.startsWith('/var/snap/')) {
    return {
      problem: 'Docker is the snap package, which cannot mount hidden folders of a home, and so not the cache',
      fix: 'remove the snap (sudo snap remove docker) and install docker.io with apt',
    };
  }
  if (isOld(server.Version)) {
    return {
      problem: `Docker ${server.Version} is too old: the lab needs ${oldest.join('.')} or newer`,
      fix: 'update Docker',
    };
  }
  return undefined;
}

/** What is known of a `docker` command that found no engine. */
export interface Silence {
  /** What the command said, or empty where it did not end in time. */
  readonly stderr: string;
  readonly user: string;
  /** Whether the group `docker` has this user as a member, although this session does not. */
  readonly member: boolean;
  readonly systemd: boolean;
  /** The command with which this computer installs packages. */
  readonly installer?: string;
}

/** Why no engine answers a user who is not root, and what to do. */
export function silenceProblem({ stderr, user, member, systemd, installer }: Silence): EngineProblem {
  if (/permission denied/i.test(stderr)) {
    return {
      problem: `the user ${user} may not use Docker's engine`,
      fix: member
        ? `${user} is in the group docker and this session is older: log out and in again, or run \`newgrp docker\``
        : `sudo usermod -aG docker ${user}, then log out and in again (members of this group have root's rights)`,
    };
  }
  if (/no docker command/.test(stderr)) {
    return {
      problem: 'there is no `docker` command on this computer',
      fix: `install Docker (${installer ?? 'docker.io, moby-engine or docker-ce'}), then sudo usermod -aG docker ${user} and log in again`,
    };
  }
  const start = systemd ? 'sudo systemctl start docker' : 'sudo service docker start';
  return {
    problem: `Docker's engine does not run: ${stderr.trim().split('\n').at(-1) || `no answer within ${askMs / 1000} s`}`,
    fix: `start it (${start}), then run this again`,
  };
}

async function ask(args: readonly string[]): Promise<{ stdout: string; stderr: string; failed: boolean }> {
  const result = await execa('docker', args, { reject: false, stdin: 'ignore', timeout: askMs });
  if (result.code === 'ENOENT') return { stdout: '', stderr: 'no docker command', failed: true };
  return { stdout: result.stdout ?? '', stderr: result.stderr ?? '', failed: result.failed };
}

function toError({ problem, fix }: EngineProblem): UserError {
  return new UserError(problem, { fix: fix });
}

/**
 * Refuses an engine that is not this computer's, by where the `docker` command looks for it. Asks no engine.
 *
 * @throws UserError that names the engine and the fix
 */
export async function checkEndpoint(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const found = await findEndpointProblem(env);
  if (found) throw toError(found);
}

/** What is wrong with the engine that the `docker` command looks for, as {@link checkEndpoint} finds it. */
export async function findEndpointProblem(env: NodeJS.ProcessEnv = process.env): Promise<EngineProblem | undefined> {
  const context = ['context', 'inspect', '--format', '{{.Name}} {{.Endpoints.docker.Host}}'];
  const inspected = env.DOCKER_HOST ? undefined : await ask(context);
  // Podman's shim has no contexts.
  const [name = '', host = ''] = (inspected?.failed ? '' : (inspected?.stdout ?? '')).trim().split(' ');
  const found = env.DOCKER_HOST
    ? endpointProblem(env.DOCKER_HOST, 'DOCKER_HOST')
    : endpointProblem(host, `the Docker context ${name}`);
  return found ?? ((await isPodman()) ? podman : undefined);
}

async function isPodman(): Promise<boolean> {
  return /podman/i.test((await ask(['--version'])).stdout);
}

/**
 * Refuses an engine on which a lab cannot run.
 *
 * @throws UserError that names what is wrong and the fix
 */
export async function checkEngine(): Promise<void> {
  const found = (await readEngine())?.problem;
  if (found) throw toError(found);
}

/** What an engine says of itself, and what keeps a lab from running on it; nothing where none answers. */
export async function readEngine(): Promise<{ version: string; problem?: EngineProblem } | undefined> {
  const [version, info] = await Promise.all([
    ask(['version', '--format', '{{json .Server}}']),
    ask(['info', '--format', '{{json .}}']),
  ]);
  const facts = readFacts(version.stdout, info.stdout);
  if (!facts) return undefined;
  const problem = engineProblem(facts, { kernel: release(), name: hostname() });
  return { version: facts.server.Version, ...(problem ? { problem } : {}) };
}

/** What `docker version` and `docker info` printed, or nothing where that is not Docker's JSON. */
export function readFacts(version: string, info: string): EngineFacts | undefined {
  try {
    return { server: serverSchema.parse(JSON.parse(version)), info: infoSchema.parse(JSON.parse(info)) };
  } catch {
    return undefined;
  }
}

/** The error for a user who is not root and whom no engine answers. */
export async function silence(): Promise<UserError> {
  return toError(await findSilenceProblem());
}

/** Why no engine answers a user who is not root. */
export async function findSilenceProblem(): Promise<EngineProblem> {
  const user = userInfo().username;
  const { stderr } = await ask(['version']);
  const group = await execa('getent', ['group', 'docker'], { reject: false });
  const members = (group.stdout ?? '').split(':').at(-1)?.split(',') ?? [];
  const systemd = await access('/run/systemd/system').then(
    () => true,
    () => false,
  );
  const installer = (await findOnPath('apt-get'))
    ? 'sudo apt-get install docker.io'
    : (await findOnPath('dnf'))
      ? 'sudo dnf install moby-engine'
      : undefined;
  return silenceProblem({ stderr, user, member: members.includes(user), systemd, installer });
}
