import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { shellQuote } from '../lib/format/shell.ts';
import type { ClusterOutputs, SshHost } from './outputs.ts';

/** One login: to a machine, or to the bastion before it. */
type Login = Omit<SshHost, 'bastion'>;

/** What a bastion is called in the files for ssh; no machine's name has a dot. */
const bastionOf = (machine: string): string => `bastion.${machine}`;

/** Every login by what it is called, bastions after the machines behind them. */
function loginsOf({ hosts }: ClusterOutputs['ssh']): [string, Login][] {
  return Object.entries(hosts).flatMap(([name, { bastion, ...own }]): [string, Login][] => [
    [name, own],
    ...(bastion === undefined ? [] : [[bastionOf(name), bastion] as [string, Login]]),
  ]);
}

/** Lines of a known_hosts file: each machine's name with its one accepted key. */
export function knownHosts(ssh: ClusterOutputs['ssh']): string {
  return loginsOf(ssh)
    .map(([name, { hostKey }]) => `${name} ${hostKey.trim().split(/\s+/).slice(0, 2).join(' ')}\n`)
    .join('');
}

/** The private keys that are used, each once. */
export function privateKeys(ssh: ClusterOutputs['ssh']): string[] {
  const all = loginsOf(ssh).flatMap(([, { privateKey }]) => (privateKey === undefined ? [] : [privateKey]));
  return [...new Set(all)];
}

/** The text of an ssh_config(5): a host for each machine and each bastion. `keys` are in the files `key-0`, `key-1`. */
export function sshConfig(ssh: ClusterOutputs['ssh'], keys: readonly string[], folder: string): string {
  const quoted = (name: string): string => `"${join(folder, name)}"`;
  const blocks = loginsOf(ssh).map(([name, { address, port, user, privateKey }]) => [
    `Host ${name}`,
    `  HostName ${address}`,
    `  Port ${port}`,
    `  User ${user}`,
    `  HostKeyAlias ${name}`,
    ...(privateKey === undefined
      ? []
      : [`  IdentityFile ${quoted(`key-${keys.indexOf(privateKey)}`)}`, '  IdentitiesOnly yes']),
    ...(ssh.hosts[name]?.bastion === undefined ? [] : [`  ProxyJump ${bastionOf(name)}`]),
  ]);
  const all = [
    'Host *',
    '  BatchMode yes',
    '  ConnectTimeout 10',
    '  LogLevel ERROR',
    '  StrictHostKeyChecking yes',
    `  UserKnownHostsFile ${quoted('known_hosts')}`,
    '  GlobalKnownHostsFile none',
  ];
  return [...blocks, all].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

/** A command line that runs as root: found where the cluster's programs are, whatever sudo's secure_path leaves out. */
export function asRoot(user: string, command: string): string {
  const found = `env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ${command}`;
  return user === 'root' ? found : `sudo -n ${found}`;
}

/**
 * What ssh(1) is given for a person's session on a machine, after its configuration: the machine, and what runs there.
 *
 * @param command - a line for `sh`, run as root; undefined for root's login shell
 * @param terminal - whether a person sits at a terminal here
 */
export function attachArguments(
  machine: string,
  user: string,
  command: string | undefined,
  terminal: boolean,
): string[] {
  const tty = terminal ? ['-t'] : ['-T'];
  if (command !== undefined) return [...tty, machine, asRoot(user, `sh -c ${shellQuote(command)}`)];
  return [...tty, machine, ...(user === 'root' ? [] : ['sudo -n -i'])];
}

/** Runs commands on machines with the system's ssh client. Keys live in files that only the owner reads. */
export class Ssh {
  readonly #ssh: ClusterOutputs['ssh'];
  readonly #folder: string;

  private constructor(ssh: ClusterOutputs['ssh'], folder: string) {
    this.#ssh = ssh;
    this.#folder = folder;
  }

  /** @param folder - a private folder that its owner removes; keys, known hosts and configuration are put there */
  static async open(ssh: ClusterOutputs['ssh'], folder: string): Promise<Ssh> {
    const keys = privateKeys(ssh);
    const put = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });
    await Promise.all(keys.map((key, at) => put(`key-${at}`, key.endsWith('\n') ? key : `${key}\n`)));
    await put('known_hosts', knownHosts(ssh));
    await put('ssh_config', sshConfig(ssh, keys, folder));
    return new Ssh(ssh, folder);
  }

  /** Does something with a client whose files are removed afterwards. */
  static async using<T>(ssh: ClusterOutputs['ssh'], job: (client: Ssh) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'hardway-ssh-'));
    try {
      return await job(await Ssh.open(ssh, folder));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /**
   * Runs a shell script on a machine, as root; the script travels on standard input.
   *
   * @returns its standard output
   * @throws Error with the machine's name and what was said
   */
  run(machine: string, script: string, signal: AbortSignal): Promise<string> {
    return this.#run(machine, 'sh -eu', { input: script }, signal);
  }

  /**
   * Runs a command on a machine, as root, with a file on its standard input.
   *
   * @param command - words without quotes or special characters: whatever shell the login has reads them
   * @throws Error with the machine's name and what was said
   */
  send(machine: string, command: string, inputFile: string, signal: AbortSignal): Promise<string> {
    return this.#run(machine, command, { inputFile }, signal);
  }

  /**
   * Hands this process's terminal, or its standard streams, to a shell or command on a machine, as root.
   *
   * @param command - a line for `sh`; undefined for a login shell
   * @returns its exit status; 255 when there is no connection
   */
  async attach(machine: string, command: string | undefined): Promise<number> {
    const user = this.#ssh.hosts[machine]?.user ?? 'root';
    const words = attachArguments(machine, user, command, process.stdin.isTTY && process.stdout.isTTY);
    const result = await execa('ssh', ['-F', join(this.#folder, 'ssh_config'), ...words], {
      stdio: 'inherit',
      reject: false,
    });
    return result.exitCode ?? 255;
  }

  async #run(
    machine: string,
    command: string,
    input: { readonly input: string } | { readonly inputFile: string },
    signal: AbortSignal,
  ): Promise<string> {
    const host = this.#ssh.hosts[machine];
    if (!host) throw new Error(`${machine}: the stack's ssh output does not name it`);
    const line = ['-F', join(this.#folder, 'ssh_config'), machine, asRoot(host.user, command)];
    const result = await execa('ssh', line, {
      ...input,
      cancelSignal: signal,
      reject: false,
    });
    if (result.exitCode === 0) return result.stdout;
    throw new Error(`${machine}: ${result.stderr.trim() || result.stdout.trim() || result.shortMessage}`);
  }
}
