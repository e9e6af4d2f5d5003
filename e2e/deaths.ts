import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Steps } from '../cli/output/steps.ts';
import { docker } from '../lab/engine.ts';
import { containerName } from '../lab/names.ts';
import { withPrivateFolder } from '../lib/private-folder.ts';
import { until } from '../smoke/check.ts';
import { Kubectl } from '../smoke/kubectl.ts';
import { type ClusterOutputs, withRole } from '../smoke/outputs.ts';
import { binDir, privateDir } from '../toolchain/cache/paths.ts';
import { answered, longestOutage, Probe, type ProbeTarget } from './api-probe.ts';

/** How long requests may fail when a machine dies, in milliseconds: what a highly available stack promises. */
const allowedMs = 3000;
/** How long the API is watched from the death of a machine on, in milliseconds. */
const watchedMs = 12_000;

/** What {@link tryDeaths} is told. */
export interface Deaths {
  readonly lab: string;
  readonly outputs: ClusterOutputs;
  readonly steps: Steps;
}

/** Machines of a highly available cluster die, one at a time, while somebody asks the API. */
export async function tryDeaths({ lab, outputs, steps }: Deaths): Promise<void> {
  const cluster = new Cluster(lab, outputs);
  await steps.step('a load balancer dies, the API answers', async () => {
    const dead = await cluster.holder();
    const note = await cluster.survives(dead);
    const heir = await cluster.holder();
    return `${dead} had the address and ${heir} has it now, ${note}`;
  });
  await steps.step('it comes back and leaves the address where it is', async () => {
    const heir = await cluster.holder();
    const note = await cluster.comesBack((name) => cluster.isLoadBalancing(name));
    const holder = await cluster.holder();
    if (holder !== heir) throw new Error(`the address went from ${heir} to ${holder}`);
    return note;
  });
  await steps.step("the controller that leads etcd's members dies, the API answers", async () => {
    const dead = await cluster.leader();
    const note = await cluster.survives(dead, () => cluster.write());
    return `${dead}, ${note}; a write went through`;
  });
  await steps.step('it comes back and is a member again', () =>
    cluster.comesBack((name) => cluster.isController(name)),
  );
}

/** The cluster as those see it who pull plugs. */
class Cluster {
  readonly #lab: string;
  readonly #outputs: ClusterOutputs;
  readonly #target: ProbeTarget;
  #dead: string | undefined;

  constructor(lab: string, outputs: ClusterOutputs) {
    this.#lab = lab;
    this.#outputs = outputs;
    this.#target = { url: `${outputs.endpoint}/readyz`, ca: authorityOf(outputs.kubeconfig) };
  }

  /** The load balancer that has the address. @throws Error when none has it, or more than one. */
  async holder(): Promise<string> {
    const address = new URL(this.#outputs.endpoint).hostname;
    const holders: string[] = [];
    for (const { name } of withRole(this.#outputs, 'loadBalancer')) {
      const { stdout } = await this.#on(name, `ip -4 -oneline address show to ${address}/32`);
      if (stdout.trim() !== '') holders.push(name);
    }
    const [holder, ...more] = holders;
    if (holder === undefined || more.length > 0) {
      throw new Error(`expected ${address} on one load balancer, seen it on ${holders.join(' and ') || 'none'}`);
    }
    return holder;
  }

  /** The controller whose etcd member is the leader. */
  async leader(): Promise<string> {
    for (const { name } of withRole(this.#outputs, 'controller')) {
      const { stdout } = await this.#on(name, '. /etc/etcd/etcdctl.env; etcdctl endpoint status -w json');
      const [status] = JSON.parse(stdout || '[]') as { Status: { leader: number; header: { member_id: number } } }[];
      if (status && status.Status.leader === status.Status.header.member_id) return name;
    }
    throw new Error('no controller says that its etcd member is the leader');
  }

  /** Kills a machine as a power cut would, while the API is asked. */
  async survives(name: string, meanwhile: () => Promise<void> = async () => {}): Promise<string> {
    return this.#watched(async () => {
      this.#dead = name;
      await docker(['container', 'kill', containerName(this.#lab, name)]);
      // What is asked of a cluster in the very moment may fail; that is what the probe is for.
      await sleep(watchedMs / 2);
      await meanwhile();
      await sleep(watchedMs / 2);
    });
  }

  /** Switches the machine on again that was killed, waits until it works, and looks on for a while. */
  async comesBack(works: (name: string) => Promise<boolean>): Promise<string> {
    const name = this.#dead;
    if (name === undefined) throw new Error('no machine was killed');
    return this.#watched(async () => {
      await docker(['container', 'start', containerName(this.#lab, name)]);
      const signal = AbortSignal.timeout(120_000);
      await until({ signal, expected: `${name} to work` }, async () =>
        (await works(name)) ? { value: true } : { seen: 'that it does not yet' },
      );
      await sleep(watchedMs / 2);
    });
  }

  /** Writes through the API, and takes it back. */
  async write(): Promise<void> {
    await withPrivateFolder(privateDir(), async (folder) => {
      const kubeconfig = join(folder, 'kubeconfig');
      await writeFile(kubeconfig, this.#outputs.kubeconfig, { mode: 0o600 });
      const kubectl = new Kubectl(kubeconfig, join(binDir(), 'kubectl'));
      const options = { signal: AbortSignal.timeout(20_000) };
      await kubectl.run(['create', 'configmap', 'e2e-written', '--namespace=default', '--from-literal=a=b'], options);
      await kubectl.run(['delete', 'configmap', 'e2e-written', '--namespace=default'], options);
    });
  }

  async isLoadBalancing(name: string): Promise<boolean> {
    const { exitCode } = await this.#on(name, 'sh /var/lib/hardway/load-balancer/health.sh');
    return exitCode === 0;
  }

  /** Whether its etcd member and its API server answer. */
  async isController(name: string): Promise<boolean> {
    const healthy = await this.#on(name, '. /etc/etcd/etcdctl.env; etcdctl endpoint health --cluster');
    const address = withRole(this.#outputs, 'controller').find((machine) => machine.name === name)?.address;
    return healthy.exitCode === 0 && answered({ ...this.#target, url: `https://${address}:6443/readyz` });
  }

  /** Runs something while the API is asked. @throws Error when requests failed for longer than is allowed. */
  async #watched(run: () => Promise<void>): Promise<string> {
    const probe = Probe.start(this.#target);
    await sleep(1000);
    const ended = await run().then(
      () => undefined,
      (error: Error) => error,
    );
    const samples = await probe.stop();
    if (ended) throw ended;
    const failed = samples.filter(({ ok }) => !ok).length;
    const outage = longestOutage(samples);
    const note = `${failed} of ${samples.length} requests failed, for ${(outage / 1000).toFixed(1)} s at most`;
    if (outage > allowedMs) throw new Error(`${note}, and ${allowedMs / 1000} s are allowed`);
    return note;
  }

  /** Runs a shell line on a machine; one that is dead says nothing. */
  #on(name: string, line: string): ReturnType<typeof docker> {
    return docker(['exec', containerName(this.#lab, name), 'sh', '-c', line], { allowFailure: true });
  }
}

function authorityOf(kubeconfig: string): string {
  const { clusters } = parse(kubeconfig) as {
    readonly clusters: readonly { readonly cluster: { readonly 'certificate-authority-data': string } }[];
  };
  return Buffer.from(clusters[0]?.cluster['certificate-authority-data'] ?? '', 'base64').toString();
}
