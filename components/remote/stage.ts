import * as pulumi from '@pulumi/pulumi';
import { type StagedArtifact, stagingBundle } from './bundle.ts';
import { bundleCommand } from './connection.ts';
import type { Machine } from './machine.ts';
import { RemoteStep } from './step.ts';

/** How often the first step of a machine dials, over three minutes or more: it may still be booting. */
const BOOT_DIAL_LIMIT = 40;

export interface StageArgs {
  readonly machine: Machine;
  /** Everything that the machine's roles need, in versions that may differ from the running ones. */
  readonly artifacts: pulumi.Input<readonly StagedArtifact[]>;
  /** The distribution's packages that must be there; those that are missing are installed. Default none. */
  readonly packages?: readonly string[];
  /**
   * What comes first. An argument and not the component's `dependsOn`, which Pulumi does not hand on to children: the
   * command is what has to wait.
   */
  readonly dependsOn?: readonly pulumi.Resource[];
}

/**
 * Puts versioned binaries onto a machine, all machines at once, and touches nothing that runs. It is also the first
 * step of a machine and so waits until SSH answers.
 */
export class Stage extends pulumi.ComponentResource {
  constructor(name: string, args: StageArgs, opts: pulumi.ComponentResourceOptions) {
    const artifacts = pulumi.output(args.artifacts);
    const readable = artifacts.apply((all) =>
      all.map(({ name, version, url, sha256 }) => `${name} ${version} ${url} ${sha256}`),
    );
    super(
      'hardway:remote:Stage',
      name,
      { machine: args.machine.name, artifacts: readable, packages: args.packages ?? [] },
      opts,
    );
    const command = bundleCommand(args.machine);
    const stdin = artifacts.apply((all) => stagingBundle(all, args.packages));
    const { machine, dependsOn } = args;
    new RemoteStep(
      name,
      { machine, create: command, update: command, stdin, dependsOn, dialErrorLimit: BOOT_DIAL_LIMIT },
      this,
    );
    this.registerOutputs();
  }
}
