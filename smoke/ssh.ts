import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ClusterOutputs } from './outputs.ts';

/** Lines of a known_hosts file: each machine's name with its one accepted key. */
export function knownHosts(ssh: ClusterOutputs['ssh']): string {
  return Object.entries(ssh.hosts)
    .map(([name, { hostKey }]) => `${name} ${hostKey.trim().split(/\s+/).slice(0, 2).join(' ')}\n`)
    .join('');
}

/** Runs commands on machines with the system's ssh client. The key lives in a file that only the owner reads. */
export class Ssh {
  readonly #ssh: ClusterOutputs['ssh'];
  readonly #folder: string;

  private constructor(ssh: ClusterOutputs['ssh'], folder: string) {
    this.#ssh = ssh;
    this.#folder = folder;
  }

  /** @param folder - a private folder that its owner removes; the key and the known hosts are put there */
  static async open(ssh: ClusterOutputs['ssh'], folder: string): Promise<Ssh> {
    const key = ssh.privateKey.endsWith('\n') ? ssh.privateKey : `${ssh.privateKey}\n`;
    await writeFile(join(folder, 'key'), key, { mode: 0o600 });
    await writeFile(join(folder, 'known_hosts'), knownHosts(ssh), { mode: 0o600 });
    return new Ssh(ssh, folder);
  }

  /**
   * Runs a shell script on a machine, as root; the script travels on standard input.
   *
   * @returns its standard output
   * @throws Error with the machine's name and what was said
   */
  async run(machine: string, script: string, signal: AbortSignal): Promise<string> {
    const host = this.#ssh.hosts[machine];
    if (!host) throw new Error(`${machine}: the stack's ssh output does not name it`);
    const options = {
      BatchMode: 'yes',
      ConnectTimeout: '5',
      HostKeyAlias: machine,
      IdentitiesOnly: 'yes',
      LogLevel: 'ERROR',
      StrictHostKeyChecking: 'yes',
      UserKnownHostsFile: join(this.#folder, 'known_hosts'),
    };
    const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const shell = this.#ssh.user === 'root' ? 'sh -eu' : 'sudo -n sh -eu';
    const destination = [
      '-i',
      join(this.#folder, 'key'),
      '-p',
      String(host.port ?? 22),
      `${this.#ssh.user}@${host.address}`,
    ];
    const result = await execa('ssh', ['-F', 'none', ...flags, ...destination, shell], {
      input: script,
      cancelSignal: signal,
      reject: false,
    });
    if (result.exitCode === 0) return result.stdout;
    throw new Error(`${machine}: ${result.stderr.trim() || result.stdout.trim() || result.shortMessage}`);
  }
}
