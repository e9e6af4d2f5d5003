import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { ClusterConfig } from '../../config/schema.ts';
import { evictPods } from '../../lib/format/nodes.ts';
import { scriptLines } from '../../lib/format/script.ts';
import { unlimitedScriptCommand } from '../remote/connection.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteStep } from '../remote/step.ts';

type DrainConfig = Pick<
  ClusterConfig,
  'drain' | 'drainTimeoutSeconds' | 'kubernetesVersion' | 'containerdVersion' | 'machinesList'
>;

/** The mark of a node that an update cordoned. */
const ANNOTATION = 'jsonpath={.metadata.annotations.hardway\\.local/cordoned}';

/** What a drained node is to run: as a preview shows it, and as its Node says it. */
interface Wanted {
  readonly versions: string;
  /** A pattern of the shell, for what {@link fields} gives. */
  readonly runs: string;
  readonly fields: string;
}

/**
 * What a node is drained for; nothing where updates do not drain. Where it is the only node that takes pods they have
 * nowhere to go, and the update would only hold them up.
 */
export function drainedFor(config: DrainConfig): Wanted | undefined {
  const { drain, kubernetesVersion, containerdVersion } = config;
  const open = config.machinesList.filter(({ isNode, tainted }) => isNode && !tainted);
  if (drain === 'never' || open.length < 2) return undefined;
  const kubelet = '{.status.nodeInfo.kubeletVersion}';
  if (drain === 'always') {
    return {
      versions: `kubelet ${kubernetesVersion}, containerd ${containerdVersion}`,
      runs: `"v${kubernetesVersion} containerd://${containerdVersion}"`,
      fields: `jsonpath=${kubelet} {.status.nodeInfo.containerRuntimeVersion}`,
    };
  }
  const minor = kubernetesVersion.split('.').slice(0, 2).join('.');
  return { versions: `kubelet ${minor}`, runs: `"v${minor}."*`, fields: `jsonpath=${kubelet}` };
}

/** The script on a controller that takes a node's pods off before its programs are updated. */
export function drainScript(node: string, wanted: Wanted, seconds: number): string {
  const lines = scriptLines(import.meta.dirname, 'drain-node.sh', {
    EVICT_PODS: evictPods(seconds),
    NODE: node,
    FIELDS: wanted.fields,
    RUNS: { code: wanted.runs },
    ANNOTATION,
  });
  return [...lines, ''].join('\n');
}

/** The script on a controller that lets a node take pods again. */
export function uncordonScript(node: string): string {
  return [...scriptLines(import.meta.dirname, 'uncordon-node.sh', { NODE: node, ANNOTATION }), ''].join('\n');
}

export interface DrainArgs {
  readonly node: string;
  /** A controller. */
  readonly machine: Machine;
  readonly config: DrainConfig;
  readonly wanted: Wanted;
  /** What comes first. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/**
 * The two steps round the update of a node: before it the pods are taken off, within their disruption budgets, and after
 * it they may come again. Creating them does nothing.
 */
export class Drain extends pulumi.ComponentResource {
  /** The node is empty; the update follows. */
  readonly drained: pulumi.Resource;
  readonly #name: string;
  readonly #args: DrainArgs;
  readonly #attempt: pulumi.Output<string>;

  constructor(name: string, args: DrainArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:workers:Drain', name, { node: args.node, for: args.wanted.versions }, opts);
    this.#name = name;
    this.#args = args;
    // As with a role: after an update that failed between the two, the way back has to run them again.
    this.#attempt = new random.RandomId(
      `${name}-attempt`,
      { byteLength: 4, keepers: { for: args.wanted.versions } },
      { parent: this },
    ).hex;
    this.drained = this.#step(
      name,
      drainScript(args.node, args.wanted, args.config.drainTimeoutSeconds),
      args.dependsOn,
    );
    this.registerOutputs();
  }

  /** The node takes pods again, once these are done. */
  uncordon(dependsOn: readonly pulumi.Resource[]): pulumi.Resource {
    return this.#step(`${this.#name}-uncordon`, uncordonScript(this.#args.node), dependsOn);
  }

  #step(name: string, script: string, dependsOn: readonly pulumi.Resource[]): pulumi.Resource {
    const { machine } = this.#args;
    const stdin = pulumi.interpolate`${script}# ${this.#attempt}\n`;
    return new RemoteStep(
      name,
      { machine, aboutCluster: true, update: unlimitedScriptCommand(machine), stdin, dependsOn },
      this,
    );
  }
}
