import { spawn } from 'node:child_process';
import { access, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { UserError } from '../lib/user-error.ts';
import { lastLines } from './cache/log.ts';
import { withLock } from './cache/mutex.ts';
import { cacheDir, logsDir } from './cache/paths.ts';
import {
  checkEndpoint,
  type EngineProblem,
  findEndpointProblem,
  findSilenceProblem,
  isUsualSocket,
  readEngine,
  silence,
} from './engine.ts';

import { findOnPath, isRoot } from './host.ts';

/** Longest wait for an engine that has been started, in milliseconds. */
const startMs = 60_000;

type Say = (line: string) => void;

async function answers(): Promise<boolean> {
  const result = await execa('docker', ['version', '--format', '{{.Server.Version}}'], {
    reject: false,
    timeout: 15_000,
  });
  return result.exitCode === 0 && result.stdout.trim() !== '';
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** dockerd lies in a folder of the administrator that a person's PATH may lack. */
async function findDaemon(): Promise<string | undefined> {
  return await findOnPath('dockerd', `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/usr/bin`);
}

const noDocker: EngineProblem = {
  problem: 'there is no Docker engine on this computer',
  fix: 'install Docker Engine (docker.io, moby-engine or docker-ce), then run this again',
};

async function install(say: Say): Promise<void> {
  if (!(await findOnPath('apt-get'))) {
    throw new UserError(noDocker.problem, { fix: noDocker.fix });
  }
  say('installing docker.io with apt-get: there is no Docker engine on this computer');
  await mkdir(logsDir(), { recursive: true });
  const path = join(logsDir(), 'docker-install.log');
  const log = { file: path, append: true } as const;
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, stdout: log, stderr: log, reject: false } as const;
  const args = ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', 'docker.io', 'iptables'];
  // The package would start the service by itself where it can, which start() does in every case.
  let result = await execa('apt-get', args, options);
  if (result.failed) {
    await execa('apt-get', ['update'], options);
    result = await execa('apt-get', args, options);
  }
  if (!result.failed) return;
  const tail = lastLines(await readFile(path, 'utf8').catch(() => ''), 10).map((line) => `    ${line}`);
  throw new UserError(['installing docker.io failed', ...tail, `  log: ${path}`].join('\n'), {
    fix: 'make `apt-get install docker.io` work, then run this again',
  });
}

/** Where dockerd and its containerd write their process ids. */
const pidFiles = { dockerd: '/var/run/docker.pid', containerd: '/var/run/docker/containerd/containerd.pid' } as const;

/**
 * True when the process that a pid file names is another program by now, or none. An engine that was killed leaves the
 * file behind, and once the number is another's, dockerd takes that for itself and does not start.
 *
 * @param command - name of the running process of that id, empty when there is none
 */
export function stalePid(program: string, command: string): boolean {
  return command.trim() !== program;
}

async function removeStalePids(): Promise<void> {
  for (const [program, path] of Object.entries(pidFiles)) {
    const pid = (await readFile(path, 'utf8').catch(() => '')).trim();
    if (pid === '') continue;
    const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (stalePid(program, command)) await rm(path, { force: true });
  }
}

/** Starts the daemon. The signal given back is aborted when it ends by itself, which it does when it cannot start. */
async function startDaemon(daemon: string): Promise<AbortSignal> {
  await removeStalePids();
  const ended = new AbortController();
  await mkdir(logsDir(), { recursive: true });
  const log = await open(join(logsDir(), 'dockerd.log'), 'a');
  const child = spawn(daemon, [], { detached: true, stdio: ['ignore', log.fd, log.fd] });
  child.on('error', () => ended.abort());
  child.on('exit', () => ended.abort());
  child.unref();
  await log.close();
  return ended.signal;
}

async function waitForEngine(ms: number, ended?: AbortSignal): Promise<boolean> {
  const end = Date.now() + ms;
  while (Date.now() < end && !ended?.aborted) {
    if (await answers()) return true;
    await sleep(250);
  }
  return false;
}

async function start(daemon: string, say: Say): Promise<void> {
  if (await exists('/run/systemd/system')) {
    say('starting Docker (systemctl start docker)');
    const result = await execa('systemctl', ['start', 'docker'], { reject: false });
    if (!result.failed && (await waitForEngine(startMs))) return;
    throw new UserError('Docker is installed and did not start', {
      fix: 'read `journalctl -u docker`, then run this again',
    });
  }
  say(`starting Docker (${daemon})`);
  const ended = await startDaemon(daemon);
  if (await waitForEngine(startMs, ended)) return;
  const path = join(logsDir(), 'dockerd.log');
  const tail = lastLines(await readFile(path, 'utf8').catch(() => ''), 10).map((line) => `    ${line}`);
  throw new UserError(
    [
      ended.aborted ? 'Docker ended while starting' : `Docker did not answer within ${startMs / 1000} s`,
      ...tail,
      `  log: ${path}`,
    ].join('\n'),
    { fix: 'fix what the log names, then run this again' },
  );
}

/** What this computer has of Docker, as far as a lab is concerned. */
export interface DockerReport {
  /** Of the engine that answers. */
  readonly version?: string;
  /** What keeps a lab from running on it. */
  readonly problem?: EngineProblem;
  /** What {@link ensureDocker} would do first. */
  readonly planned?: 'install' | 'start';
}

/** Finds what {@link ensureDocker} would do and what it would refuse. Starts nothing, installs nothing. */
export async function examineDocker(): Promise<DockerReport> {
  const problem = await findEndpointProblem();
  if (problem) return { problem };
  const engine = await readEngine();
  if (engine) return engine;
  if (!isRoot() || !isUsualSocket(process.env.DOCKER_HOST)) return { problem: await findSilenceProblem() };
  if (await findDaemon()) return { planned: 'start' };
  return (await findOnPath('apt-get')) ? { planned: 'install' } : { problem: noDocker };
}

/**
 * Makes sure that a Docker engine answers: starts one that is installed, installs Debian's where there is none.
 * Does nothing, and says nothing, where one answers already. Safe to call at the same time from several processes.
 * @param options.onProgress gets a line for each thing that is done; default standard output
 * @throws UserError where this takes root and the process is not root, or the engine does not come up
 */
export async function ensureDocker(options: { onProgress?: Say } = {}): Promise<void> {
  const say = options.onProgress ?? ((line: string) => console.log(line));
  if (await answers()) return;
  // An engine of another computer is not started here, nor is another one in its place.
  await checkEndpoint();
  await withLock(
    join(cacheDir(), 'locks', 'docker.lock'),
    () => undefined,
    async () => {
      if (await answers()) return;
      // The engine that would be started here answers at the usual socket alone.
      if (!isRoot() || !isUsualSocket(process.env.DOCKER_HOST)) throw await silence();
      if (!(await findDaemon())) await install(say);
      const daemon = await findDaemon();
      if (!daemon) throw new UserError('docker.io is installed and has no dockerd', { fix: 'install Docker by hand' });
      if (!(await waitForEngine(500))) await start(daemon, say);
    },
  );
}
