import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { unlimitedScriptCommand } from './connection.ts';
import type { Machine } from './machine.ts';
import { RemoteStep } from './step.ts';

export interface DrainArgs {
  readonly node: string;
  /** A controller. */
  readonly machine: Machine;
  /** What the node is drained for, as a preview shows it: the versions it is going to run. */
  readonly versions: string;
  /** The script that takes the pods off the node, unless it runs these versions. */
  readonly drain: string;
  /** The script that lets it take pods again. */
  readonly uncordon: string;
  /** What comes first. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/**
 * The two steps around the update of a node: before it the pods are taken off, within their disruption budgets, and after
 * it they may come again. Creating them does nothing.
 */
export class Drain extends pulumi.ComponentResource {
  /** The node is empty; the update follows. */
  readonly drained: pulumi.Resource;
  readonly #name: string;
  readonly #args: DrainArgs;
  readonly #attempt: pulumi.Output<string>;

  constructor(name: string, args: DrainArgs, opts: pulumi.ComponentResourceOptions) {
    const { node, versions } = args;
    super('hardway:workers:Drain', name, { node, for: versions }, opts);
    this.#name = name;
    this.#args = args;
    // As with a role: after an update that failed between the two, the way back has to run them again.
    this.#attempt = new random.RandomId(
      `${name}-attempt`,
      { byteLength: 4, keepers: { for: versions } },
      { parent: this },
    ).hex;
    this.drained = this.#step(name, args.drain, args.dependsOn);
    this.registerOutputs();
  }

  /** The node takes pods again, once these are done. */
  uncordon(dependsOn: readonly pulumi.Resource[]): pulumi.Resource {
    return this.#step(`${this.#name}-uncordon`, this.#args.uncordon, dependsOn);
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
