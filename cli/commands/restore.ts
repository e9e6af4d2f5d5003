import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { z } from 'zod';
import type { ClusterConfig } from '../../config/schema.ts';
import { missingMachines } from '../../lab/missing.ts';
import { readScript } from '../../lib/format/script.ts';
import { UserError } from '../../lib/user-error.ts';
import { messageOf, pause } from '../../smoke/check.ts';
import { type ClusterOutputs, parseOutputs, withRole } from '../../smoke/outputs.ts';
import { MachineSsh } from '../../ssh/machines.ts';
import { parseMetadata, type SnapshotMetadata, snapshotProblems } from '../backup/metadata.ts';
import { makeFor } from '../output/make.ts';
import { fileTime } from '../output/time.ts';
import { checkedConfig } from '../prepare.ts';
import { stackExists, stackOutputs } from '../pulumi/engine.ts';
import { openWorkspace } from '../pulumi/workspace.ts';
import { tools } from './tools.ts';
import { up } from './up.ts';

type Print = (line: string) => void;

export interface RestoreOptions {
  readonly stack: string;
  /** The snapshot's file; what belongs to it has the same name with `.json`. */
  readonly snapshot: string | undefined;
  readonly print: Print;
  /** Asks whether to go on. Default: it goes on. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

/** How long, in seconds, a step on a machine, a machine that is made again, and etcd's first quorum may take. */
const LIMIT_SECONDS = 900;
/** How often it is looked whether they are there, in milliseconds. */
const BETWEEN = 1000;

const identity = z.object({ cluster: z.string(), encryption: z.string() });
const folder = '/var/lib/hardway/restore';
const CONTROL_PLANE = 'kube-apiserver kube-controller-manager kube-scheduler';

interface Snapshot {
  readonly path: string;
  readonly metadata: SnapshotMetadata;
}

/** What is restored into. */
interface Target {
  readonly config: ClusterConfig;
  readonly outputs: ClusterOutputs;
  readonly ssh: MachineSsh;
  readonly print: Print;
}

/**
 * `make restore`: puts the content of a snapshot in the place of etcd's data on every member, and ends in `make up`. The old
 * data is kept on the machines. Members of a lab whose containers are gone are made again in the same run.
 *
 * @returns 0 when the cluster is well and has what was saved
 * @throws UserError with every reason at once, before anything is changed
 */
export async function restore({ stack, snapshot, print, confirm }: RestoreOptions): Promise<number> {
  const config = checkedConfig(stack);
  const workspace = await openWorkspace({ stack, print });
  await tools();
  if (!(await stackExists(workspace, stack)))
    throw new UserError(`stack ${stack} does not exist`, {
      fix: 'restore its state first, .hardway/state and .hardway/passphrase',
    });
  const given = await stackOutputs(workspace, stack);
  const outputs = parseOutputs(given, { nodes: 0 });
  const known = identity.safeParse(given.backupIdentity).data;
  if (known === undefined)
    throw new UserError(`stack ${stack} was last updated before it could be restored`, {
      fix: `run "${makeFor('up', stack)}" first`,
    });
  const { kubernetesVersion: kubernetes, etcdVersion: etcd } = config;
  const file = await readSnapshot(stack, snapshot, { ...known, kubernetes, etcd });
  const members = withRole(outputs, 'etcd').map(({ name }) => name);
  const missing = config.machines === 'lab' ? await missingMachines(config.labName, members) : [];
  return MachineSsh.using(outputs.ssh, LIMIT_SECONDS, async (ssh) => {
    const target = { config, outputs, ssh, print };
    await requireMachines(target, missing);
    const { taken, status } = file.metadata;
    const question = `restore the snapshot of ${taken} (revision ${status.revision}) into ${members.join(', ')}: what was written since then is lost. Go on?`;
    if (confirm && !(await confirm(question))) throw new UserError(`stack ${stack}: stopped; nothing was changed`);
    print(`stack ${stack}: restoring ${relative(workspace.repoDir, file.path)}, taken ${taken}`);
    if (missing.length > 0) return restoreWhileMade(target, file, missing);
    await stopControlPlane(target);
    await restoreMembers(target, file);
    await startControlPlane(target);
    return finish(target, file, await up({ stack, print, select: false, display: false }));
  });
}

async function readSnapshot(
  stack: string,
  path: string | undefined,
  target: Parameters<typeof snapshotProblems>[2],
): Promise<Snapshot> {
  if (path === undefined)
    throw new UserError('make restore needs a snapshot', {
      fix: `use SNAPSHOT=<file>; "${makeFor('backup', stack)}" puts them into .hardway/backups/${stack}`,
      exitCode: 2,
    });
  const read = async (name: string) =>
    readFile(name).catch((error: Error) => {
      throw new UserError(`${name} cannot be read: ${error.message}; nothing was changed`, {
        fix: 'a snapshot is a .db file with a .json file of the same name',
      });
    });
  const [bytes, text] = await Promise.all([read(path), read(path.replace(/\.db$/, '.json'))]);
  let metadata: SnapshotMetadata;
  try {
    metadata = parseMetadata(text.toString());
  } catch (error) {
    throw new UserError(
      `${path.replace(/\.db$/, '.json')} says nothing of a snapshot: ${messageOf(error)}; nothing was changed`,
    );
  }
  const problems = snapshotProblems(metadata, createHash('sha256').update(bytes).digest('hex'), target);
  if (problems.length > 0)
    throw new UserError(
      `${path} cannot be restored into stack ${stack}; nothing was changed:\n  ${problems.join('\n  ')}`,
    );
  return { path, metadata };
}

const needed = ({ outputs }: Target) =>
  outputs.machines
    .filter(({ roles }) => roles.includes('etcd') || roles.includes('controller'))
    .map(({ name }) => name);

/** @throws UserError that names every machine that does not answer or has no room */
async function requireMachines(target: Target, missing: readonly string[]): Promise<void> {
  const { ssh } = target;
  const asked = needed(target).filter((name) => !missing.includes(name));
  const said = await Promise.all(
    asked.map((name) =>
      ssh
        .run(name, 'df --block-size=1M --output=avail /var/lib | tail -n 1', { seconds: 20 })
        .then((free) =>
          Number(free) < 1024 ? [`${name} has ${free.trim()} MiB of free space on /var/lib, and 1024 are needed`] : [],
        )
        .catch((error: unknown) => [messageOf(error)]),
    ),
  );
  const problems = said.flat();
  if (problems.length > 0)
    throw new UserError(
      `a restore needs every controller and etcd member; nothing was changed:\n  ${problems.join('\n  ')}`,
      {
        fix: 'start these machines, or make room; then run the same command again',
      },
    );
}

const all = (names: readonly string[], job: (name: string) => Promise<unknown>): Promise<unknown> =>
  Promise.all(names.map(job));
const controllers = ({ outputs }: Target): string[] => withRole(outputs, 'controller').map(({ name }) => name);

async function stopControlPlane(target: Target): Promise<void> {
  target.print(`  stopping the control plane on ${controllers(target).join(', ')}`);
  await all(controllers(target), (name) => target.ssh.run(name, `systemctl stop ${CONTROL_PLANE}`));
}

async function startControlPlane(target: Target): Promise<void> {
  target.print('  starting the control plane');
  await all(controllers(target), (name) => target.ssh.run(name, `systemctl start --no-block ${CONTROL_PLANE}`));
}

/** Puts the snapshot onto every member, and waits until they answer together. */
async function restoreMembers({ outputs, ssh, print }: Target, { path }: Snapshot): Promise<void> {
  const members = withRole(outputs, 'etcd');
  const names = members.map(({ name }) => name);
  const peer = (address: string) => `https://${address}:2380`;
  print(`  sending the snapshot to ${names.join(', ')}`);
  await all(names, async (name) => {
    await ssh.run(name, `umask 077; mkdir -p ${folder}`);
    await ssh.send(name, `dd of=${folder}/snapshot.db status=none`, path);
    await ssh.run(name, `etcdutl snapshot status ${folder}/snapshot.db >/dev/null`);
  });
  // Everything that can fail without a change has not failed.
  print(`  restoring on ${names.join(', ')}`);
  const token = `restored-${randomBytes(8).toString('hex')}`;
  const list = members.map(({ name, address }) => `${name}=${peer(address)}`).join(',');
  await all(names, (name) => ssh.run(name, 'systemctl stop etcd'));
  await all(names, (name) => {
    const address = members.find((member) => member.name === name)?.address ?? '';
    const values = { NAME: name, MEMBERS: list, TOKEN: token, PEER_URL: peer(address), TIME: fileTime(new Date()) };
    return ssh.run(name, readScript(`${import.meta.dirname}/../backup`, 'restore.sh', values));
  });
  const ask = '. /etc/etcd/etcdctl.env; etcdctl --dial-timeout=1s --command-timeout=2s endpoint health';
  await all(names, async (name) => {
    const end = performance.now() + 120_000;
    for (;;) {
      try {
        return await ssh.run(name, ask);
      } catch (error) {
        if (performance.now() > end) throw error;
        await pause(BETWEEN, new AbortController().signal);
      }
    }
  });
}

/** An update makes the machines again and waits for etcd; meanwhile the members get their data. */
async function restoreWhileMade(target: Target, file: Snapshot, missing: readonly string[]): Promise<number> {
  const { config, ssh, print } = target;
  print(`  making ${missing.join(', ')} again`);
  const updated = up({ stack: config.stack, print, select: false, display: false, restoring: true });
  let ended = false;
  const watched = updated.finally(() => {
    ended = true;
  });
  watched.catch(() => undefined);
  const names = withRole(target.outputs, 'etcd').map(({ name }) => name);
  const ready = (name: string) =>
    ssh.run(name, 'test -x /usr/local/bin/etcdutl && test -f /var/lib/hardway/etcd/record', { seconds: 10 });
  for (const name of names) {
    while (
      !ended &&
      (await ready(name).then(
        () => false,
        () => true,
      ))
    )
      await pause(BETWEEN, new AbortController().signal);
  }
  if (!ended) {
    // Controllers that were not lost wait with what they knew.
    await all(controllers(target), (name) => ssh.run(name, `systemctl stop ${CONTROL_PLANE} 2>/dev/null || :`));
    await restoreMembers(target, file);
    await all(controllers(target), (name) =>
      ssh.run(name, `systemctl start --no-block ${CONTROL_PLANE} 2>/dev/null || :`),
    );
  }
  const report = await watched;
  if (!report.ok) return 1;
  return finish(target, file, await up({ stack: config.stack, print, select: false, display: false }));
}

/** Compares what runs with what was saved. */
async function finish(
  { ssh, outputs, print, config }: Target,
  { metadata }: Snapshot,
  { ok }: { ok: boolean },
): Promise<number> {
  if (!ok) return 1;
  const [controller = ''] = withRole(outputs, 'controller').map(({ name }) => name);
  const get = (...words: string[]) =>
    ssh.run(
      controller,
      `kubectl --kubeconfig /etc/kubernetes/admin.conf get ${words.join(' ')} -o 'jsonpath={.metadata.uid}' 2>/dev/null || :`,
    );
  const kubeSystem = await get('namespace', 'kube-system');
  const nodes = await Promise.all(
    Object.entries(metadata.nodes).map(async ([name, uid]) => ((await get('node', name)) === uid ? [] : name)),
  );
  const others = nodes.flat();
  if (kubeSystem !== metadata.kubeSystem) {
    print(
      `error: kube-system has the UID ${kubeSystem}, and ${metadata.kubeSystem} was saved: this is another cluster`,
    );
    return 1;
  }
  const same = Object.keys(metadata.nodes).length - others.length;
  print(
    `stack ${config.stack}: restored: kube-system and ${same === 1 ? '1 node' : `${same} nodes`} have the UIDs that were saved`,
  );
  if (others.length > 0) print(`  registered again since then, or gone: ${others.join(', ')}`);
  return 0;
}
