import type { Arguments } from '../../cli/args.ts';
import { down } from '../../cli/commands/down.ts';
import type { Steps } from '../../cli/output/steps.ts';
import { openWorkspace } from '../../cli/pulumi/workspace.ts';
import { docker } from '../../lab/engine.ts';
import { containerName } from '../../lab/names.ts';
import { testCluster } from '../config.ts';
import { volumesOf } from '../lab.ts';
import { indented, type Print, Trial } from '../trial.ts';
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
  await standing.edit({});
  await down({ stack, print: say, forget: true });
  const trial = new Trial(cluster, lab, workspace, steps, print);
  if (await steps.step('up', () => standing.up())) {
    await steps.step('a Service runs on the workers', () => standing.serve());
    await tryRefusals(standing, steps);
    await tryMembers(standing, steps, bounded);
    await tryRevert(standing, steps);
    await tryNodes(standing, steps);
    // Its artifacts take minutes where they are built.
    if (!bounded) await tryUpgrade(standing, steps);
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

async function tryUpgrade(standing: ChangingStack, steps: Steps): Promise<void> {
  await steps.step('Kubernetes goes to the next minor version', async () => {
    await standing.edit({ kubernetesVersion: '1.37.1' });
    return standing.watched('worker1', () => standing.up());
  });
}
