import type { Arguments } from '../../cli/args.ts';
import { down } from '../../cli/commands/down.ts';
import type { Steps } from '../../cli/output/steps.ts';
import { openWorkspace } from '../../cli/pulumi/workspace.ts';
import { docker } from '../../lab/engine.ts';
import { containerName } from '../../lab/names.ts';
import { testCluster } from '../config.ts';
import { volumesOf } from '../lab.ts';
import { indented, type Print, Trial } from '../trial.ts';
import { tryKills } from './kills.ts';
import { ChangingStack } from './stack.ts';

/** Edits that a cluster does not survive; each must be named in the refusal. */
const refused = {
  clusterName: 'other',
  clusterDomain: 'other.local',
  serviceCidr: '10.43.0.0/24',
  podCidr: '10.211.0.0/16',
  podCidrPrefixLength: 25,
  cni: 'weave',
  encryptionProvider: 'secretbox',
  labSubnet: '10.86.0.0/24',
  labName: 'hardway-e2e-other',
  kubernetesVersion: '1.36.3',
};

/** What an upgrade of everything begins with; an update drains the nodes for the Kubernetes among them. */
const older = {
  etcdVersion: '3.6.14',
  containerdVersion: '2.3.4',
  runcVersion: '1.4.3',
  cniPluginsVersion: '1.9.0',
  corednsVersion: '1.14.6',
};

/** An API server that knows the flag and does not start with its value. */
const broken = { apiServerExtraArgs: { 'tls-min-version': 'VersionTLS99' } };

function expectTexts(text: string, wanted: readonly string[]): void {
  const missing = wanted.filter((each) => !text.includes(each));
  if (missing.length > 0) throw new Error(`expected it to say ${missing.join(', ')}`);
}

/**
 * A standing cluster is edited in every way that once destroyed one, while clients write and ask.
 *
 * @param wishes - `bounded` leaves out what takes long, more than three members and the upgrade, and counts no time
 */
export async function tryChanges(
  { keep, bounded }: Pick<Arguments, 'keep'> & { readonly bounded: boolean },
  steps: Steps,
  print: Print,
): Promise<void> {
  const cluster = testCluster('change');
  const { stack } = cluster;
  const say = indented(print);
  const workspace = await openWorkspace();
  const standing = new ChangingStack(cluster, workspace, { gap: !bounded }, say);
  const { lab } = standing;
  print(`e2e: change, stack ${stack}, lab ${lab}`);
  // Artifacts take minutes where they are built.
  await standing.edit(bounded ? {} : older);
  await down({ stack, print: say, forget: true });
  const trial = new Trial(cluster, lab, workspace, steps, print);
  if (await steps.step('up', () => standing.up())) {
    await steps.step('a Service runs on the workers', () => standing.serve());
    await tryRefusals(standing, steps);
    await tryMembers(standing, steps, bounded);
    await tryRevert(standing, steps);
    await tryNodes(standing, steps);
    await tryDeadWorker(standing, steps, bounded);
    if (!bounded) await tryUpgrade(standing, steps);
    if (!bounded) await tryKills(standing, steps, say);
    await tryLoadBalancer(standing, steps);
    await steps.step('a second up changes nothing', () => standing.unchanged());
  }
  if (steps.counts.failed > 0 && keep) {
    print(`kept, as KEEP says: look at stack ${stack}, then "make down STACK=${stack}"`);
    return;
  }
  const volumes = await volumesOf(lab);
  await trial.down();
  await trial.nothingLeft(volumes);
}

async function tryRefusals(standing: ChangingStack, steps: Steps): Promise<void> {
  await steps.step('what the cluster does not survive is refused, all at once, and changes nothing', async () => {
    const before = standing.config;
    await standing.edit({ ...refused, controllers: ['cp8', 'cp9'] });
    try {
      expectTexts(await standing.failingUp(), [
        ...Object.keys(refused).map((key) => `hardway:${key} =`),
        'hardway:controllers',
      ]);
    } finally {
      await standing.restore(before);
    }
    return standing.unchanged();
  });
}

async function tryMembers(standing: ChangingStack, steps: Steps, bounded: boolean): Promise<void> {
  const change = async (controllers: readonly string[], ask: string) => {
    await standing.edit({ controllers });
    const note = await standing.watched('worker1', () => standing.up());
    const members = await standing.members(ask);
    if (members !== [...controllers].sort().join(' ')) throw new Error(`etcd has the members ${members}`);
    return note;
  };
  if (!bounded) {
    await steps.step('etcd grows from 3 to 5 members', () => change(['cp1', 'cp2', 'cp3', 'cp4', 'cp5'], 'cp4'));
  }
  const first = bounded
    ? 'another member takes the place of the first'
    : 'etcd shrinks from 5 to 3, the first member goes';
  await steps.step(first, () => change(['cp2', 'cp3', 'cp4'], 'cp4'));
  await steps.step('a member that lost its data joins again by itself', async () => {
    await standing.on('cp3', 'systemctl stop etcd; rm -rf /var/lib/etcd/member; systemctl start --no-block etcd');
    return standing.watched('worker1', () => standing.unchanged());
  });
  await steps.step("a member's container is deleted and made again", async () => {
    await docker(['container', 'rm', '--force', '--volumes', containerName(standing.lab, 'cp4')]);
    return standing.watched('worker1', () => standing.up());
  });
}

async function tryRevert(standing: ChangingStack, steps: Steps): Promise<void> {
  const before = standing.config;
  await steps.step('an update that breaks the first API server stops there, and the rest serves', async () => {
    await standing.edit(broken);
    return standing.watched('worker1', async () => {
      expectTexts(await standing.failingUp(), ['cp2', 'kube-apiserver', 'apiServerExtraArgs']);
      return 'it failed on cp2';
    });
  });
  await steps.step('going back repairs it', async () => {
    await standing.restore(before);
    return standing.watched('worker1', () => standing.up());
  });
}

async function tryNodes(standing: ChangingStack, steps: Steps): Promise<void> {
  await steps.step('a worker comes and another leaves, within the disruption budget', async () => {
    await standing.edit({ workers: ['worker1', 'worker3'] });
    const note = await standing.watched('worker1', () => standing.up());
    const nodes = await standing.kubectl('get', 'nodes', '-o', 'name');
    if (nodes.split('\n').sort().join(' ') !== 'node/worker1 node/worker3') throw new Error(`nodes are ${nodes}`);
    return note;
  });
}

/** Last, since clients keep the address of the API that they began with. */
async function tryLoadBalancer(standing: ChangingStack, steps: Steps): Promise<void> {
  await steps.step('a new name at the same address is refused', async () => {
    const before = standing.config;
    await standing.edit({ loadBalancers: ['front1'] });
    try {
      expectTexts(await standing.failingUp(), ['would be created at the address of lb1', 'make two updates']);
    } finally {
      await standing.restore(before);
    }
    return 'nothing was changed';
  });
  await steps.step('another load balancer takes the place of the only one', async () => {
    await standing.edit({ loadBalancers: ['front2'] });
    const note = await standing.up();
    await standing.kubectl('get', 'nodes');
    return note;
  });
}

const firewall = (verb: string): string =>
  `iptables -${verb} INPUT -i eth0 -j DROP; iptables -${verb} OUTPUT -o eth0 -j DROP`;

/** A worker is cut off: it does not answer, and its container runs, so that no update starts it. */
async function tryDeadWorker(standing: ChangingStack, steps: Steps, bounded: boolean): Promise<void> {
  await steps.step('a worker dies: the others get new certificates, and it is named', async () => {
    await standing.on('worker3', firewall('I'));
    await standing.kubectl('wait', '--for=condition=Ready=Unknown', 'node/worker3', '--timeout=80s');
    const before = await standing.on('worker1', 'cat /var/lib/kubelet/pki/*.crt | sha256sum');
    // An upgrade of the nodes too, where its artifacts may take their time.
    await standing.edit({ certificateValidityHours: 9000, ...(bounded ? {} : { runcVersion: undefined }) });
    const note = await standing.watched('worker1', async () => {
      expectTexts(await standing.failingUp(), ['worker3 does not answer over SSH', 'This update leaves it out']);
      return 'worker3 was left out';
    });
    if (before === (await standing.on('worker1', 'cat /var/lib/kubelet/pki/*.crt | sha256sum')))
      throw new Error('worker1 has its old certificates');
    return note;
  });
  await steps.step('it comes back, and is brought up to date', async () => {
    await standing.on('worker3', firewall('D'));
    await standing.kubectl('wait', '--for=condition=Ready', 'node/worker3', '--timeout=80s');
    const note = await standing.watched('worker1', () => standing.up());
    await standing.unchanged();
    return note;
  });
}

async function tryUpgrade(standing: ChangingStack, steps: Steps): Promise<void> {
  await steps.step('everything goes to its newest version at once, Kubernetes to the next minor version', async () => {
    const none = Object.fromEntries(Object.keys(older).map((key) => [key, undefined]));
    await standing.edit({ ...none, kubernetesVersion: '1.37.1' });
    const note = await standing.watched('worker1', () => standing.up());
    const cordoned = await standing.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].spec.unschedulable}');
    if (cordoned !== '') throw new Error('nodes stayed cordoned');
    return note;
  });
}
