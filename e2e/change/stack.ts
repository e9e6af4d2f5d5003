import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { up } from '../../cli/commands/up.ts';
import { changesText, isUnchanged } from '../../cli/output/progress-reporter.ts';
import { stackFile, stackOutputs } from '../../cli/pulumi/engine.ts';
import type { Workspace } from '../../cli/pulumi/workspace.ts';
import { docker } from '../../lab/engine.ts';
import { containerName } from '../../lab/names.ts';
import { withPrivateFolder } from '../../lib/private-folder.ts';
import { Kubectl } from '../../smoke/kubectl.ts';
import { type ClusterOutputs, parseOutputs } from '../../smoke/outputs.ts';
import { smokeImage } from '../../smoke/workload.ts';
import { binDir, privateDir } from '../../toolchain/cache/paths.ts';
import { stackFileText, type TestCluster } from '../config.ts';
import type { Print } from '../trial.ts';
import { Clients } from './clients.ts';

/** Options by key, without their namespace; undefined takes one out. */
export type Patch = Readonly<Record<string, unknown>>;

const nodePort = 31_080;
/** How long, in milliseconds, no write may be acknowledged while one controller of several restarts. */
const allowedGapMs = 3000;

/** What is asked of a change besides that nothing is lost. */
export interface Demands {
  /** Whether the longest time without a write counts. Not on a machine that other work may hold up. */
  readonly gap: boolean;
}

/** A Deployment on every worker behind a node port: three replicas that must never be fewer than two. */
const served = (image: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'served', namespace: 'default' },
        spec: {
          replicas: 3,
          selector: { matchLabels: { app: 'served' } },
          template: {
            metadata: { labels: { app: 'served' } },
            spec: {
              containers: [
                {
                  name: 'served',
                  image,
                  // It ends only after the rules that lead to it are gone.
                  command: [
                    'sh',
                    '-c',
                    'mkdir -p /tmp/w; echo here >/tmp/w/index.html; httpd -p 8080 -h /tmp/w; trap "sleep 5; exit" TERM; while :; do sleep 0.2; done',
                  ],
                  readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'served', namespace: 'default' },
        spec: { minAvailable: 2, selector: { matchLabels: { app: 'served' } } },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'served', namespace: 'default' },
        spec: { type: 'NodePort', selector: { app: 'served' }, ports: [{ port: 80, targetPort: 8080, nodePort }] },
      },
    ],
  });

/** A standing cluster whose configuration is edited, as its user does it. */
export class ChangingStack {
  readonly #workspace: Workspace;
  readonly #cluster: TestCluster;
  readonly #demands: Demands;
  readonly #print: Print;
  #config: Record<string, unknown>;
  #runs = 0;

  constructor(cluster: TestCluster, workspace: Workspace, demands: Demands, print: Print) {
    this.#cluster = cluster;
    this.#demands = demands;
    this.#workspace = workspace;
    this.#print = print;
    this.#config = { ...cluster.config };
  }

  get lab(): string {
    return String(this.#cluster.config.labName);
  }

  /** The configuration as it is now, for going back to it. */
  get config(): Patch {
    return { ...this.#config };
  }

  async edit(patch: Patch): Promise<void> {
    const merged = Object.entries({ ...this.#config, ...patch }).filter(([, value]) => value !== undefined);
    this.#config = Object.fromEntries(merged);
    const text = stackFileText({ stack: this.#cluster.stack, config: this.#config });
    await writeFile(stackFile(this.#workspace, this.#cluster.stack), text);
  }

  async restore(config: Patch): Promise<void> {
    this.#config = {};
    await this.edit(config);
  }

  /**
   * @param onStart - called when Pulumi runs
   * @throws Error when the update fails, or the cluster is not well after it
   * @returns what was changed
   */
  async up(onStart?: () => void): Promise<string> {
    const { stack } = this.#cluster;
    const { ok, update } = await up({ stack, print: this.#print, select: false, display: false, onStart });
    if (!ok) throw new Error('the update failed, or the cluster is not well, see above');
    return changesText(update.changes);
  }

  /** @throws Error when the update succeeds. @returns what it said */
  async failingUp(): Promise<string> {
    const lines: string[] = [];
    const print = (line: string) => {
      lines.push(line);
      this.#print(line);
    };
    const ok = await up({ stack: this.#cluster.stack, print, select: false, display: false }).then(
      (report) => report.ok,
      (error: Error) => {
        print(error.message);
        return false;
      },
    );
    if (ok) throw new Error('expected that the update fails, and it succeeded');
    return lines.join('\n');
  }

  /** Runs an update and kills Pulumi some milliseconds after it was started. @returns whether it ran until then */
  async killedUp(afterMs: number): Promise<boolean> {
    let killed = false;
    let timer: NodeJS.Timeout | undefined;
    const onStart = (pid: number) => {
      timer = setTimeout(() => {
        killed = true;
        process.kill(pid, 'SIGKILL');
      }, afterMs);
    };
    await up({ stack: this.#cluster.stack, print: this.#print, select: false, display: false, onStart });
    clearTimeout(timer);
    return killed;
  }

  async unchanged(): Promise<string> {
    const { ok, update } = await up({ stack: this.#cluster.stack, print: this.#print, select: false, display: false });
    if (!ok || !isUnchanged(update.changes))
      throw new Error(`expected no changes, seen ${changesText(update.changes)}`);
    return changesText(update.changes);
  }

  async outputs(): Promise<ClusterOutputs> {
    return parseOutputs(await stackOutputs(this.#workspace, this.#cluster.stack));
  }

  /** Runs a shell line on a lab machine. */
  async on(machine: string, line: string): Promise<string> {
    return (await docker(['exec', containerName(this.lab, machine), 'sh', '-c', line])).stdout.trim();
  }

  /** Names of etcd's voters and, marked so, learners, as the given member lists them. */
  async members(machine: string): Promise<string> {
    const script =
      '. /etc/etcd/etcdctl.env; etcdctl member list | awk -F\', \' \'{ print $3 ($6 == "true" ? " (learner)" : "") }\' | sort';
    return (await this.on(machine, script)).split('\n').join(' ');
  }

  async kubectl(...args: string[]): Promise<string> {
    return this.#kubectl(args);
  }

  /** Runs the Service that is asked meanwhile. */
  async serve(): Promise<void> {
    await this.#kubectl(['apply', '-f', '-'], served(smokeImage));
    await this.#kubectl(['rollout', 'status', 'deployment/served', '--timeout=60s']);
  }

  /**
   * Makes a change while numbered objects are written and a Service is asked.
   *
   * @param through - the worker that the Service is asked at
   * @throws Error when a write is lost, a request fails, or, where that counts, no write goes through for too long
   */
  async watched(through: string, change: () => Promise<string>): Promise<string> {
    const { kubeconfig, machines } = await this.outputs();
    const address = machines.find(({ name }) => name === through)?.address;
    this.#runs += 1;
    const clients = Clients.start(kubeconfig, `http://${address}:${nodePort}/`, String(this.#runs));
    const ended = await change().catch((error: Error) => error);
    const seen = await clients.stop();
    const gap = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
    const note =
      `${seen.acknowledged} writes, ${seen.lost.length} lost, longest gap ${gap(seen.apiGapMs)}; ` +
      `${seen.failed} of ${seen.requests} requests to the Service failed`;
    if (ended instanceof Error) throw new Error(`${ended.message}; ${note}`);
    const tooLong = this.#demands.gap && seen.apiGapMs > allowedGapMs;
    if (seen.lost.length > 0 || seen.failed > 0 || tooLong) {
      throw new Error(
        `${note}; allowed are 0 lost, 0 failed and ${gap(allowedGapMs)}. Lost: ${seen.lost.slice(0, 5).join(', ')}`,
      );
    }
    return `${ended}; ${note}`;
  }

  async #kubectl(args: readonly string[], input?: string): Promise<string> {
    const { kubeconfig } = await this.outputs();
    return withPrivateFolder(privateDir(), async (folder) => {
      const path = join(folder, 'kubeconfig');
      await writeFile(path, kubeconfig, { mode: 0o600 });
      const signal = AbortSignal.timeout(90_000);
      return new Kubectl(path, join(binDir(), 'kubectl')).run(
        args,
        input === undefined ? { signal } : { signal, input },
      );
    });
  }
}
