import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import type { Arguments } from '../../cli/args.ts';
import { backup } from '../../cli/commands/backup.ts';
import { down } from '../../cli/commands/down.ts';
import { findDrift } from '../../cli/commands/drift.ts';
import { repair } from '../../cli/commands/repair.ts';
import { restore } from '../../cli/commands/restore.ts';
import { driftText, exitStatus } from '../../cli/drift/report.ts';
import type { Steps } from '../../cli/output/steps.ts';
import { openWorkspace } from '../../cli/pulumi/workspace.ts';
import { docker } from '../../lab/engine.ts';
import { containerName } from '../../lab/names.ts';
import { ChangingStack } from '../change/stack.ts';
import { testCluster } from '../config.ts';
import { volumesOf } from '../lab.ts';
import { indented, type Print, Trial } from '../trial.ts';

const controllers = ['cp1', 'cp2', 'cp3'];

/** Certificates are renewed, snapshots taken and restored, machines damaged and repaired, while a Deployment serves. */
export async function tryKeys({ keep }: Pick<Arguments, 'keep'>, steps: Steps, print: Print): Promise<void> {
  const cluster = testCluster('keys');
  const { stack } = cluster;
  const say = indented(print);
  const workspace = await openWorkspace();
  const standing = new ChangingStack(cluster, workspace, { gap: false }, say);
  print(`e2e: keys, stack ${stack}, lab ${standing.lab}`);
  await standing.edit({});
  await down({ stack, print: say, forget: true });
  const trial = new Trial(cluster, standing.lab, workspace, steps, print);
  if (await steps.step('up', () => standing.up())) {
    await steps.step('a Service runs on the workers', () => standing.serve());
    await tryRenewal(standing, steps);
    await tryDrift(standing, stack, steps, say);
    await tryRestore(standing, stack, steps, say);
    await steps.step('a second up changes nothing', () => standing.unchanged());
  }
  if (steps.counts.failed > 0 && keep) {
    print(`kept, as KEEP says: look at stack ${stack}, then "make down STACK=${stack}"`);
    return;
  }
  const volumes = await volumesOf(standing.lab);
  await trial.down();
  await trial.nothingLeft(volumes);
}

async function tryRenewal(standing: ChangingStack, steps: Steps): Promise<void> {
  await steps.step('all certificates are renewed, and etcd, which reads them itself, is not restarted', async () => {
    const seen = async () => {
      const ask = 'systemctl show -p ActiveEnterTimestamp --value etcd; sha256sum </etc/etcd/pki/server.crt';
      return Promise.all(controllers.map(async (name) => (await standing.on(name, ask)).split('\n')));
    };
    const before = await seen();
    await standing.edit({ certificateValidityHours: 9000 });
    const note = await standing.watched('worker1', () => standing.up());
    for (const [index, [started, sum]] of (await seen()).entries()) {
      const name = controllers[index];
      if (started !== before[index]?.[0]) throw new Error(`etcd of ${name} was restarted`);
      if (sum === before[index]?.[1]) throw new Error(`etcd of ${name} has its old certificate`);
    }
    return note;
  });
}

/** What is done to machines, and what drift has to say of it. */
const damages: readonly { readonly machine: string; readonly line: string; readonly said: string }[] = [
  {
    machine: 'worker1',
    line: 'echo "# by hand" >>/etc/systemd/system/kubelet.service',
    said: '/etc/systemd/system/kubelet.service has other content',
  },
  {
    machine: 'worker2',
    line: 'systemctl disable --now hardway-routes-watch; ip route flush proto 87; iptables -t nat -F HARDWAY-EGRESS',
    said: 'worker2: pod-network: health check fails: no route to',
  },
  { machine: 'worker2', line: 'sysctl -q -w net.ipv4.ip_forward=0', said: 'sysctl net.ipv4.ip_forward is 0, not 1' },
  { machine: 'cp2', line: 'systemctl stop kube-scheduler', said: 'kube-scheduler.service is inactive, not active' },
  {
    machine: 'cp3',
    line: 'p=$(readlink -f /usr/local/bin/etcd); cp "$p" /tmp/etcd; rm "$p"; cp /tmp/etcd "$p"',
    said: 'etcd.service runs ',
  },
  {
    machine: 'cp1',
    line: 'mkdir -p /etc/systemd/system/etcd.service.d; echo "[Service]" >/etc/systemd/system/etcd.service.d/mine.conf',
    said: 'is changed by /etc/systemd/system/etcd.service.d/mine.conf',
  },
];

async function tryDrift(standing: ChangingStack, stack: string, steps: Steps, print: Print): Promise<void> {
  const look = async () => {
    const report = await findDrift(stack);
    return { text: driftText(report), status: exitStatus(report) };
  };
  await steps.step('drift sees what was done to machines, and repair puts it back', async () => {
    for (const { machine, line } of damages) await standing.on(machine, line);
    const { text, status } = await look();
    const missing = damages.filter(({ said }) => !text.includes(said)).map(({ said }) => said);
    if (status !== 1 || missing.length > 0)
      throw new Error(`status ${status}, and not said: ${missing.join(', ')}\n${text}`);
    if ((await repair(stack, print)) !== 0) throw new Error('something still differs, see above');
    return `${damages.length} kinds`;
  });
  await steps.step('routes and rules come back by themselves', async () => {
    await standing.on('worker1', 'ip route flush proto 87; iptables -t nat -F HARDWAY-EGRESS; sleep 12');
    const { text, status } = await look();
    if (status !== 0) throw new Error(text);
  });
}

async function tryRestore(standing: ChangingStack, stack: string, steps: Steps, print: Print): Promise<void> {
  let snapshot = '';
  const restored = async (harm: () => Promise<unknown>) => {
    await standing.kubectl('create', 'configmap', 'written-after');
    await harm();
    if ((await restore({ stack, snapshot, print })) !== 0) throw new Error('the restore failed, see above');
    const after = await standing.kubectl('get', 'configmap', 'written-after', '--ignore-not-found', '-o', 'name');
    if (after !== '') throw new Error('what was written after the snapshot is still there');
    await standing.kubectl('rollout', 'status', 'deployment/served', '--timeout=60s');
  };
  const taken = await steps.step('a snapshot is taken and fetched', async () => {
    const { path, metadata } = await backup(stack, print);
    snapshot = path;
    return `revision ${metadata.status.revision}`;
  });
  if (!taken) return;
  await steps.step('a snapshot that is cut is refused, and nothing changes', async () => {
    const cut = snapshot.replace(/\.db$/, '-cut.db');
    await writeFile(cut, (await readFile(snapshot)).subarray(0, 100_000), { mode: 0o600 });
    await copyFile(snapshot.replace(/\.db$/, '.json'), cut.replace(/\.db$/, '.json'));
    const refusal = await restore({ stack, snapshot: cut, print }).catch((error: Error) => error.message);
    await rm(cut);
    if (!String(refusal).includes('it is cut or damaged')) throw new Error(`it said ${refusal}`);
  });
  await steps.step('all members lose their data, and get it back', () =>
    restored(async () => {
      const line = 'systemctl stop etcd; rm -rf /var/lib/etcd/member; systemctl start --no-block etcd';
      for (const name of controllers) await standing.on(name, line);
    }),
  );
  await steps.step('all controllers are lost, and made again from the snapshot', () =>
    restored(async () => {
      const names = controllers.map((name) => containerName(standing.lab, name));
      await docker(['container', 'rm', '--force', '--volumes', ...names]);
    }),
  );
  await rm(snapshot, { force: true });
}
