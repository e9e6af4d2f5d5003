import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { readLock } from '../artifacts/lock.ts';
import { servedByLab } from '../artifacts/required.ts';
import { docker } from '../lab/engine.ts';
import { ensureMachineImage } from '../lab/image.ts';
import { createMachine } from '../lab/machine.ts';
import { createMirror } from '../lab/mirror.ts';
import { createNetwork } from '../lab/network.ts';
import { destroyAll } from '../lab/teardown.ts';
import { ensureAll } from '../toolchain/ensure.ts';
import type { TestCluster } from './config.ts';

type Print = (line: string) => void;

/** A machine that somebody else started: what the program is told of it, and how it lets people in. */
interface Outsider {
  /** Its own name, which the config does not know. */
  readonly hostname: string;
  /** Last part of its address. */
  readonly at: number;
  /** Who may log in; root itself only where it says so. */
  readonly user: string;
  /** The key that opens it. */
  readonly key: 'members' | 'jump';
  readonly port?: number;
  /** The only address that sshd lets in. */
  readonly onlyFrom?: string;
  /** The login shell is bash, and its `.bashrc` prints before every command. Default false. */
  readonly printsAtLogin?: boolean;
}

/** The first three parts of their addresses. */
export const outsideNet = '10.93.0';
const net = outsideNet;
/** The lab they lie in, which no stack owns. */
export const outsideLab = 'hardway-e2e-hosts';
const lab = outsideLab;

/** The bastion is no member of the cluster. */
const jump: Outsider = { hostname: 'bastion', at: 9, user: 'jumpuser', key: 'jump' };

/** The machines of the cluster by the names that the config gives them: other ones than their own. */
const members = {
  lb1: { hostname: 'rack-a', at: 10, user: 'ops', key: 'members' },
  cp1: { hostname: 'rack-b', at: 20, user: 'ops', key: 'members', port: 2222, printsAtLogin: true },
  worker1: { hostname: 'rack-c', at: 100, user: 'ops', key: 'members', onlyFrom: `${net}.9` },
  worker2: { hostname: 'rack-d', at: 101, user: 'root', key: 'members', printsAtLogin: true },
} as const satisfies Record<string, Outsider>;

/** Machines that were started without the program, and what a stack file has to say of them. */
export interface Outside {
  readonly cluster: TestCluster;
  /** Ids of the machines that are the cluster's; the bastion and the mirror are none of them. */
  readonly machines: Readonly<Record<keyof typeof members, string>>;
}

/** Starts the machines, their mirror and a bastion, as somebody would who has never heard of the program. */
export async function startOutside(stack: string, folder: string, print: Print): Promise<Outside> {
  await stopOutside(folder, print);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of ['members', 'jump']) await makeKey(join(folder, name));
  await ensureMachineImage({ onProgress: print });
  await createNetwork({ lab, subnet: `${net}.0/24`, gateway: `${net}.1` });
  const entries = Object.entries(members) as [keyof typeof members, Outsider][];
  const started = await Promise.all([jump, ...entries.map(([, one]) => one)].map((one) => start(one, folder, print)));
  const hostKeyOf = (one: Pick<Outsider, 'hostname'>) =>
    started.find(({ hostname }) => hostname === one.hostname)?.hostKey ?? '';
  const idOf = (one: Outsider) => started.find(({ hostname }) => hostname === one.hostname)?.id ?? '';
  const cluster: TestCluster = { stack, config: outsideConfig(folder, hostKeyOf) };
  return {
    cluster,
    machines: Object.fromEntries(entries.map(([name, one]) => [name, idOf(one)])) as Outside['machines'],
  };
}

/** Fills the mirror with what a configuration needs, once it is known. */
export async function fillMirror(config: Parameters<typeof servedByLab>[0], print: Print): Promise<void> {
  const served = servedByLab(config, readLock());
  const options = { kubernetesVersion: config.kubernetesVersion, onProgress: print };
  await ensureAll({ tools: true, artifacts: served.map(({ id }) => id) }, options);
  const images = served.filter(({ kind, name }) => kind === 'image' && name !== 'smoke').map(({ url }) => url);
  await createMirror({ lab, address: `${net}.254`, images }, print);
}

/** Removes them again, with the keys that opened them. */
export async function stopOutside(folder: string, print: Print): Promise<void> {
  await destroyAll(lab, print);
  await rm(folder, { recursive: true, force: true });
}

/** What a stack file says of them. `folder` has the keys; of the machines whose host key is not given, the first is taken. */
export function outsideConfig(
  folder: string,
  hostKeyOf: (one: Pick<Outsider, 'hostname'>) => string,
): TestCluster['config'] {
  const { lb1, cp1, worker1, worker2 } = members;
  const address = ({ at }: Outsider) => `${net}.${at}`;
  return {
    clusterName: 'proving-93',
    clusterDomain: 'e2e.local',
    machines: 'hosts',
    sshUser: 'ops',
    sshKeyFile: join(folder, 'members'),
    hostKeyPolicy: 'accept-first',
    hosts: [
      { name: 'lb1', roles: ['loadBalancer'], address: address(lb1), hostKey: hostKeyOf(lb1) },
      { name: 'cp1', roles: ['controller', 'etcd'], address: address(cp1), port: cp1.port },
      {
        ...{ name: 'worker1', roles: ['worker'], address: address(worker1), hostKey: hostKeyOf(worker1) },
        bastion: { address: address(jump), user: jump.user, keyFile: join(folder, 'jump') },
      },
      { name: 'worker2', roles: ['worker'], address: address(worker2), user: worker2.user },
    ],
    artifactMirror: `http://${net}.254`,
    imageMirror: `http://${net}.254:5000`,
    cni: 'weave',
    podCidr: '10.210.0.0/16',
    serviceCidr: '10.42.0.0/24',
    nodePortRange: '31000-32000',
  };
}

async function makeKey(path: string): Promise<void> {
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'e2e', '-f', path], { stdin: 'ignore' });
}

async function start(one: Outsider, folder: string, print: Print) {
  const { hostname, at, key } = one;
  const own = join(folder, `host-${hostname}`);
  await makeKey(own);
  const keys = {
    hostPrivateKey: await readFile(own, 'utf8'),
    authorizedKeys: [await readFile(join(folder, `${key}.pub`), 'utf8')],
  };
  const { id, hostKey } = await createMachine({ lab, name: hostname, address: `${net}.${at}` }, keys, print);
  await docker(['exec', '-i', id, 'sh', '-eu'], { input: settingUp(one) });
  return { hostname, id, hostKey };
}

/** Lines that make a machine let in who it shall, and nobody else. */
function settingUp({ user, port, onlyFrom, printsAtLogin }: Outsider): string {
  const sshd = [...(port ? [`Port ${port}`] : []), ...(onlyFrom ? [`AllowUsers ${user}@${onlyFrom}`] : [])];
  const moved =
    user === 'root'
      ? []
      : [
          // A password that nothing matches: sshd takes an account without one for locked.
          `useradd --create-home --shell /bin/sh --password '*' ${user}`,
          `install -d -m 700 -o ${user} -g ${user} /home/${user}/.ssh`,
          `install -m 600 -o ${user} -g ${user} /root/.ssh/authorized_keys /home/${user}/.ssh/authorized_keys`,
          'rm /root/.ssh/authorized_keys',
          `install -m 440 /dev/null /etc/sudoers.d/${user}`,
          `echo '${user} ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/${user}`,
        ];
  const rc = user === 'root' ? '/root/.bashrc' : `/home/${user}/.bashrc`;
  const printing = [
    `usermod --shell /bin/bash ${user}`,
    // Before the line by which a distribution's file ends for shells without a person.
    `{ echo 'echo "Welcome to $(uname -n)"; echo maintenance tonight >&2'; cat ${rc} 2>/dev/null || true; } >/tmp/rc`,
    `cat /tmp/rc >${rc}; rm /tmp/rc`,
  ];
  const file = '/etc/ssh/sshd_config.d/10-outside.conf';
  return [
    ...moved,
    ...(printsAtLogin ? printing : []),
    ...sshd.map((line) => `echo '${line}' >>${file}`),
    ...(sshd.length > 0 ? ['systemctl restart ssh.service'] : []),
    '',
  ].join('\n');
}
