import { writeFile } from 'node:fs/promises';
import type { Arguments, Topology } from '../cli/args.ts';
import { down } from '../cli/commands/down.ts';
import { Steps } from '../cli/output/steps.ts';
import { stackFile } from '../cli/pulumi/engine.ts';
import { openWorkspace } from '../cli/pulumi/workspace.ts';
import { requireLinux } from '../toolchain/host.ts';
import { tryChanges } from './change/run.ts';
import { tryComputers } from './computers.ts';
import { type LabTopology, stackFileText, testCluster } from './config.ts';
import { tryDownload } from './download/run.ts';
import { tryHosts } from './hosts.ts';
import { tryKeys } from './keys/run.ts';
import { volumesOf } from './lab.ts';
import { indented, type Print, Trial } from './trial.ts';

/**
 * What runs when no topology is asked for: each pod network once, one update that is killed in its middle, machines that
 * die, machines that somebody else started, a cluster that is edited, one that is damaged and restored, and the road of
 * downloads, which serves what the others left in the cache.
 */
const usual: readonly { readonly topology: Topology; readonly killed: boolean }[] = [
  { topology: 'default', killed: false },
  { topology: 'minimal', killed: true },
  { topology: 'ha', killed: false },
  { topology: 'hosts', killed: false },
  { topology: 'change', killed: false },
  { topology: 'keys', killed: false },
  { topology: 'download', killed: false },
];

/** What every run of a topology is told. */
type Wishes = Pick<Arguments, 'keep' | 'kill'>;

/** `make e2e`: clusters of their own go up, are tried, and go down again. Returns the exit status. */
export async function e2e({ topology, keep, kill }: Arguments, print: Print): Promise<number> {
  requireLinux('make e2e');
  const steps = new Steps(print);
  const runs = topology ? [{ topology, killed: kill }] : usual;
  for (const run of runs) {
    const wishes = { keep, kill: kill || run.killed };
    if (run.topology === 'hosts') await tryHosts(wishes, steps, print);
    else if (run.topology === 'download') await tryDownload(wishes, steps, print);
    else if (run.topology === 'change') await tryChanges({ ...wishes, bounded: topology === undefined }, steps, print);
    else if (run.topology === 'keys') await tryKeys(wishes, steps, print);
    else if (run.topology === 'computers') await tryComputers(wishes, steps, print);
    else await tryLab(run.topology, wishes, steps, print);
  }
  print(steps.closing());
  return steps.counts.failed > 0 ? 1 : 0;
}

async function tryLab(topology: LabTopology, { keep, kill }: Wishes, steps: Steps, print: Print): Promise<void> {
  const cluster = testCluster(topology);
  const { stack } = cluster;
  const lab = String(cluster.config.labName);
  const workspace = await openWorkspace();
  await writeFile(stackFile(workspace, stack), stackFileText(cluster));
  const trial = new Trial(cluster, lab, workspace, steps, print);
  print(`e2e: ${topology}, stack ${stack}, lab ${lab}`);
  // What an earlier run left would make this one mean nothing.
  await down({ stack, print: indented(print), forget: true });
  if (await trial.bringUp(kill)) {
    await trial.tryOut();
    await trial.reboot();
  }
  if (steps.counts.failed > 0 && keep) {
    print(`kept, as KEEP says: look at stack ${stack}, then "make down STACK=${stack}"`);
    return;
  }
  const volumes = await volumesOf(lab);
  await trial.down();
  await trial.nothingLeft(volumes);
}
