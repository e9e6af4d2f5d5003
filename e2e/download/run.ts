import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLock } from '../../artifacts/lock.ts';
import { artifactsFor } from '../../artifacts/required.ts';
import type { Arguments } from '../../cli/args.ts';
import type { Steps } from '../../cli/output/steps.ts';
import { checkedValues } from '../../cli/prepare.ts';
import { readProcesses } from '../../cli/pulumi/orphans.ts';
import { destroyAll } from '../../lab/teardown.ts';
import { cacheDir, lockPath, stateDir } from '../../toolchain/cache/paths.ts';
import { hostArch } from '../../toolchain/host.ts';
import { toolPackages } from '../../toolchain/plan/tools.ts';
import { stackFileText, testCluster } from '../config.ts';
import { leftovers, volumesOf } from '../lab.ts';
import { type StandIn, startStandIn } from '../publisher/stand-in.ts';
import { indented, type Print } from '../trial.ts';
import { type Computer, filesBelow, makeComputer } from './computer.ts';
import { askedByEngine, fetchedAgain, filesAskedFor, strangers } from './records.ts';

/** What a small cluster on the bridge needs, by file name without its version: `ARCH` stands for the computer's. */
const wanted = [
  ...['kube-apiserver', 'kube-controller-manager', 'kube-proxy', 'kube-scheduler', 'kubectl', 'kubelet'],
  ...['command', 'kubernetes', 'random', 'tls'].map((name) => `pulumi-resource-${name}-linux-ARCH.tar.gz`),
  ...[
    'cni-plugins-linux-ARCH.tgz',
    'containerd-linux-ARCH.tar.gz',
    'crictl-linux-ARCH.tar.gz',
    'etcd-linux-ARCH.tar.gz',
  ],
  ...['go-containerregistry_Linux_MACHINE.tar.gz', 'pulumi-linux-CPU.tar.gz', 'runc.ARCH'],
];

function wantedFiles(): string[] {
  const arch = hostArch();
  const [machine, cpu] = arch === 'amd64' ? ['x86_64', 'x64'] : ['arm64', 'arm64'];
  return wanted.map((name) => name.replace('ARCH', arch).replace('MACHINE', machine).replace('CPU', cpu)).sort();
}

/** Packs what will be asked for, so that the publishers answer as fast as theirs do. @returns how many files */
async function warmUp(standIn: StandIn, cluster: ReturnType<typeof testCluster>): Promise<number> {
  const keys = Object.entries(cluster.config).map(([key, value]) => [`hardway:${key}`, value]);
  const config = checkedValues(cluster.stack, Object.fromEntries(keys));
  const lock = readLock();
  const tools = await toolPackages(config.kubernetesVersion, lock);
  const urls = [
    ...artifactsFor(config, lock).map(({ url }) => url),
    ...tools.flatMap(({ download }) => (download?.kind === 'file' ? [download.file.url] : [])),
  ];
  for (const url of new Set(urls)) await standIn.checksum(url, hostArch());
  return new Set(urls).size;
}

function expectNone(found: readonly string[]): void {
  if (found.length > 0) throw new Error(found.join('\n'));
}

function expectSame(actual: readonly string[], expected: readonly string[]): void {
  expectNone([
    ...expected.filter((each) => !actual.includes(each)).map((each) => `missing: ${each}`),
    ...actual.filter((each) => !expected.includes(each)).map((each) => `not wanted: ${each}`),
  ]);
}

/** Ends what an update of that checkout left running, which one that was interrupted does. */
async function endProcesses(checkoutState: string): Promise<void> {
  for (const { pid, ours } of await readProcesses(checkoutState)) {
    try {
      if (ours) process.kill(pid, 'SIGKILL');
    } catch {
      // Ended by itself.
    }
  }
}

/**
 * The road of nearly everyone: a clean checkout on a computer without Go, Pulumi and kubectl, an empty cache, a company's
 * proxy and its certificate authority, and publishers that serve what the real ones do. Their bytes are those that an
 * earlier run left in the cache.
 */
export async function tryDownload({ keep }: Pick<Arguments, 'keep'>, steps: Steps, print: Print): Promise<void> {
  const cluster = testCluster('download');
  const lab = String(cluster.config.labName);
  const folder = join(stateDir(), cluster.stack);
  const say = indented(print);
  print(`e2e: download, stack ${cluster.stack}, lab ${lab}`);
  // What a run that was killed left; the folder is the mirror's as long as its container stands.
  await destroyAll(lab, say);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const kept = () => steps.counts.failed > 0 && keep;
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  let standIn: StandIn | undefined;
  try {
    const started = await steps.step('the publishers and the proxy stand', async () => {
      standIn = await startStandIn({ work: join(folder, 'publishers'), arch: hostArch(), cache: cacheDir() });
      return `${await warmUp(standIn, cluster)} files`;
    });
    if (!started || !standIn) return;
    const computer = await makeComputer(folder, standIn, await standIn.writeLock(lockPath()), interrupted.signal);
    await writeFile(join(computer.checkout, `Pulumi.${cluster.stack}.yaml`), stackFileText(cluster));
    await tryRoad(computer, standIn, cluster.stack, steps, print);
    if (interrupted.signal.aborted) {
      print('interrupted: removing what was started');
      return;
    }
    if (kept()) {
      print(`kept, as KEEP says: the computer is ${folder}, its lab ${lab}; the next run removes both`);
      return;
    }
    const volumes = await volumesOf(lab);
    await steps.step('down', async () => {
      await computer.run(['cli/main.ts', 'down', '--stack', cluster.stack], say);
    });
    await steps.step('nothing of it is left', async () => {
      expectNone(
        await leftovers({ stack: cluster.stack, lab, volumes, stateDir: join(computer.checkout, '.hardway') }),
      );
    });
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
    await standIn?.close();
    if (!kept()) {
      await endProcesses(join(folder, 'checkout', '.hardway'));
      await destroyAll(lab, say);
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function tryRoad(computer: Computer, standIn: StandIn, stack: string, steps: Steps, print: Print): Promise<void> {
  const say = indented(print);
  const { server, proxy } = standIn;
  const run = (...args: string[]) => computer.run(args, say);
  let said = '';
  const up = await steps.step('up downloads everything', async () => {
    said = await run('cli/main.ts', 'up', '--stack', stack);
  });
  if (up) {
    await steps.step('nothing was built that has a publisher', async () => {
      // The smoke test's image is the program's own, and the machines' is Debian's.
      expectNone(said.split('\n').filter((line) => /\bbuilding\b/.test(line) && !/\bsmoke\b|machine image/.test(line)));
    });
    await steps.step('each file was fetched, and once', async () => {
      expectNone(fetchedAgain(server.entries));
      expectSame(filesAskedFor(server.entries), wantedFiles());
      return `${server.entries.length} requests`;
    });
    await steps.step('the engine fetched nothing by itself', async () => expectNone(askedByEngine(server.entries)));
    await steps.step('smoke test', async () => {
      await run('cli/main.ts', 'smoke', '--stack', stack);
    });
    const before = proxy.entries.length;
    await steps.step('a second up asks nobody and makes nothing', async () => {
      const again = await run('cli/main.ts', 'up', '--stack', stack);
      expectNone(proxy.entries.slice(before).map(({ method, host }) => `${method} ${host}`));
      expectNone(again.split('\n').filter((line) => /\b(building|downloading)\b/.test(line)));
    });
    await steps.step('an image comes from Docker Hub, with its tokens', async () => {
      const id = `weave/weave-kube@2.9.0/${hostArch()}`;
      await run('toolchain/main.ts', 'artifacts', '--ids', id);
      const images = await filesBelow(join(computer.cache, 'images', 'docker.io'));
      if (images.length !== 1) throw new Error(`found ${images.join(', ') || 'none'}`);
    });
  }
  await steps.step('machines, mirror and API were never asked through the proxy', async () => {
    expectNone(strangers(proxy.entries, server.hosts));
    return `${proxy.entries.length} requests to the proxy, all for publishers`;
  });
}
