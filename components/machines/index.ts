import * as pulumi from '@pulumi/pulumi';
import type { Lock } from '../../config/artifacts.ts';
import { artifactsForMachine } from '../../config/needs.ts';
import { type ClusterConfig, machineNamed } from '../../config/schema.ts';
import type { Machine } from '../remote/machine.ts';
import { Stage } from '../remote/stage.ts';
import type { Cloud } from './cloud.ts';
import { mirroredImages, registriesOf } from './images.ts';
import { Lab, labArgs } from './lab.ts';
import type { MachineSource } from './source.ts';
import { stagedArtifacts } from './staging.ts';

export interface MachinesArgs {
  readonly config: ClusterConfig;
  /** The artifact lock, with the sums of what was provided here. */
  readonly lock: Lock;
  /** Makes the machines where a cloud does. */
  readonly cloud?: Cloud;
}

/** The machines of the cluster, with their binaries staged: what every other room builds on. */
export class Machines extends pulumi.ComponentResource {
  /** Every machine, in the config's order. */
  readonly all: readonly Machine[];
  /** Where nodes get images before their publisher is asked; nothing where they ask the publishers alone. */
  readonly imageMirror: { readonly url: string; readonly registries: readonly string[] } | undefined;

  /** What clients outside reach the API at, where that differs from inside. */
  readonly apiHost: MachineSource['apiHost'];
  /** Names and addresses for the API's certificate that only the machines know. */
  readonly apiNames: MachineSource['apiNames'];
  /** Whether the network below the machines routes pods itself. */
  readonly routesPods: boolean;
  /** What the API's endpoint waits for beside the machines. */
  readonly endpointAfter: readonly pulumi.Resource[];

  constructor(name: string, args: MachinesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:machines:Machines', name, {}, opts);
    const { config, lock } = args;
    const images = mirroredImages(config, lock);
    const source: MachineSource =
      args.cloud?.(name, { parent: this }) ?? new Lab(name, labArgs(config, images), { parent: this });
    const registry = config.imageMirror || source.registry;
    this.imageMirror = registry ? { url: registry, registries: registriesOf(images) } : undefined;
    this.apiHost = source.apiHost;
    this.apiNames = source.apiNames;
    this.routesPods = source.routesPods ?? false;
    this.endpointAfter = source.endpointAfter ?? [];
    this.all = source.machines.map((machine) => ({
      ...machine,
      staged: new Stage(
        `${name}-stage-${machine.name}`,
        {
          machine,
          artifacts: stagedArtifacts(
            artifactsForMachine(config, lock, machineNamed(config, machine.name)),
            source.files,
            pulumi.runtime.isDryRun(),
          ),
          after: source.after,
        },
        { parent: this },
      ),
    }));
    this.registerOutputs();
  }

  /** The machines of the given names, in that order. @throws Error when one is not there. */
  named(names: readonly string[]): Machine[] {
    return names.map((name) => {
      const machine = this.all.find((one) => one.name === name);
      if (!machine) throw new Error(`the cluster has no machine named ${name}`);
      return machine;
    });
  }
}
