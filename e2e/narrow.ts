import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { docker } from '../lab/engine.ts';
import { machineImageName } from '../lab/image.ts';
import { labLabel, nameLabel, roleLabel } from '../lab/names.ts';
import type { ClusterOutputs } from '../smoke/outputs.ts';
import { binDir, cacheDir, repoDir } from '../toolchain/cache/paths.ts';
import type { Print } from './trial.ts';

/** An address and a port, as `10.0.0.10:6443`. */
type Place = string;

/** What an operator's computer must reach: the API's endpoint, and SSH of bastions and of machines without one. */
export function neededPlaces({ endpoint, ssh }: Pick<ClusterOutputs, 'endpoint' | 'ssh'>): Place[] {
  const { hostname, port } = new URL(endpoint);
  const dialled = Object.values(ssh.hosts).map(({ bastion, ...own }) => bastion ?? own);
  return [`${hostname}:${port || 443}`, ...new Set(dialled.map((each) => `${each.address}:${each.port}`))];
}

/** Places inside the cluster that a check might dial: API servers, the health proxy, kubelets, SSH behind a bastion. */
export function insidePlaces(outputs: Pick<ClusterOutputs, 'endpoint' | 'machines' | 'nodes' | 'ssh'>): Place[] {
  const all = [
    ...outputs.machines
      .filter(({ roles }) => roles.includes('controller'))
      .flatMap(({ address }) => [`${address}:6443`, `${address}:80`]),
    ...outputs.nodes.flatMap(({ address }) => [`${address}:10250`, `${address}:10256`]),
    ...Object.values(outputs.ssh.hosts).map(({ address, port }) => `${address}:${port}`),
  ];
  const needed = neededPlaces(outputs);
  return [...new Set(all)].filter((place) => !needed.includes(place));
}

/** Rules that let nothing out but to some places. Nothing is answered for the rest, as behind a firewall. */
function firewall(places: readonly Place[]): string {
  const allowed = places.map((place) => {
    const [address, port] = place.split(':');
    return `iptables -A OUTPUT -p tcp -d ${address} --dport ${port} -j ACCEPT`;
  });
  return [
    'iptables -P OUTPUT DROP',
    'iptables -A OUTPUT -o lo -j ACCEPT',
    'iptables -A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT',
    ...allowed,
    '',
  ].join('\n');
}

/**
 * A computer that reaches a few places of a lab's network and nothing else: a container of its own with this checkout
 * and this cache in it.
 */
export class NarrowComputer {
  readonly #id: string;

  private constructor(id: string) {
    this.#id = id;
  }

  /** @param address - one of the lab's network that no machine has */
  static async start(lab: string, address: string, places: readonly Place[]): Promise<NarrowComputer> {
    const inside = [repoDir(), cacheDir()];
    const node = dirname(process.execPath);
    const mounts = [...inside, ...(inside.some((each) => node.startsWith(`${each}/`)) ? [] : [process.execPath])];
    const labels = { [labLabel]: lab, [nameLabel]: 'computer', [roleLabel]: 'computer' };
    const { stdout } = await docker([
      ...['container', 'run', '--detach', '--init', '--name', `${lab}-computer`, '--hostname', 'computer'],
      ...['--network', lab, '--ip', address, '--cap-add', 'NET_ADMIN'],
      ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
      ...mounts.flatMap((path) => ['--volume', `${path}:${path}`]),
      ...['--entrypoint', 'sleep', machineImageName(), 'infinity'],
    ]);
    const id = stdout.trim();
    await docker(['exec', '--interactive', id, 'sh', '-eu'], { input: firewall(places) });
    return new NarrowComputer(id);
  }

  /** Which of some places take a connection from there. */
  async reaches(places: readonly Place[]): Promise<Place[]> {
    const tries = places.map((place) => {
      const [address, port] = place.split(':');
      return `(timeout 3 bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null && echo ${place}) &`;
    });
    const { stdout } = await docker(['exec', '-i', this.#id, 'bash'], { input: [...tries, 'wait', ''].join('\n') });
    const open = stdout.split('\n');
    return places.filter((place) => open.includes(place));
  }

  /**
   * Runs a verb of the command line there.
   *
   * @param until - ends the process outright, without a chance to clean up, once a line matches. Default never
   * @returns its exit status, -1 when it was ended, and its lines
   */
  async run(
    words: readonly string[],
    print: Print,
    until?: RegExp,
  ): Promise<{ readonly status: number; readonly lines: string[] }> {
    const path = `${binDir()}:${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`;
    const variables = { PATH: path, HOME: '/tmp', HARDWAY_CACHE: cacheDir() };
    const child = execa(
      'docker',
      [
        ...['exec', '--user', `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`, '--workdir', repoDir()],
        ...Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
        ...[this.#id, 'sh', '-c', 'echo $$ >/tmp/pid; exec "$@"', 'sh', process.execPath, 'cli/main.ts', ...words],
      ],
      { reject: false, stdin: 'ignore', all: true, buffer: false },
    );
    const lines: string[] = [];
    let killed = false;
    for await (const line of createInterface({ input: child.all })) {
      lines.push(line);
      print(line);
      if (killed || !until?.test(line)) continue;
      killed = true;
      await docker(['exec', this.#id, 'sh', '-c', 'kill -KILL "$(cat /tmp/pid)"']);
    }
    const { exitCode } = await child;
    return { status: killed ? -1 : (exitCode ?? 1), lines };
  }

  /** Removes it. */
  async stop(): Promise<void> {
    await docker(['container', 'rm', '--force', '--volumes', this.#id]);
  }
}
