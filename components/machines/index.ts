import * as pulumi from '@pulumi/pulumi';
import type { Artifact, Lock } from '../../artifacts/lock.ts';
import { packagesFor } from '../../artifacts/packages.ts';
import { artifactsForMachine } from '../../artifacts/required.ts';
import type { HostRecord } from '../../config/host-record.ts';
import { type ClusterConfig, machineNamed } from '../../config/schema.ts';
import type { Machine } from '../remote/machine.ts';
import { Stage } from '../remote/stage.ts';
import { Hosts } from './hosts.ts';
import { mirroredImages, registriesOf } from './images.ts';
import { Lab, labArgs } from './lab.ts';
import type { Cloud, MachineSource } from './source.ts';
import { stagedArtifacts } from './staging.ts';

export interface MachinesArgs {
  readonly config: ClusterConfig;
  /** The artifact lock, with the sums of what was provided here. */
  readonly lock: Lock;
  /** Makes the machines where a cloud does. */
  readonly cloud?: Cloud;
  /** What the pre-flight recorded of machines that exist. Only `machines: hosts` needs it. */
  readonly record?: HostRecord;
  /** Machines of a lab whose containers are gone. Default none. */
  readonly missing?: readonly string[];
  /** Machines that this update leaves as they are. Default none. */
  readonly leftOut?: readonly string[];
}

/** Where the machines come from. */
function sourceOf(
  name: string,
  { config, record, cloud, missing, leftOut }: MachinesArgs,
  images: readonly Artifact[],
  opts: pulumi.ComponentResourceOptions,
): MachineSource {
  const clouds = cloud?.(name, opts);
  if (clouds) return clouds;
  if (config.machines === 'lab') return new Lab(name, labArgs(config, images, missing), opts);
  if (record === undefined) {
    throw new pulumi.RunError(
      `no pre-flight record for the hosts of stack ${config.stack}; nothing was changed. Fix: run "make preflight STACK=${config.stack}" first.`,
    );
  }
  return new Hosts(name, { config, record, leftOut }, opts);
}

/** The machines of the cluster, with their binaries staged: what every other component builds on. */
export class Machines extends pulumi.ComponentResource {
  /** Every machine, in the config's order. */
  readonly all: readonly Machine[];
  /** Where nodes get images before their publisher is asked; nothing where they ask the publishers alone. */
  readonly imageMirror: { readonly url: string; readonly registries: readonly string[] } | undefined;

  /** The API's address or name for clients outside, where that differs from inside. */
  readonly externalEndpoint: MachineSource['externalEndpoint'];
  /** Names and addresses of the API's certificate that are known only once the machines exist. */
  readonly apiServerCertSans: MachineSource['apiServerCertSans'];
  /** Whether the network below the machines routes pods itself. */
  readonly routesPods: boolean;
  /** What the API's endpoint waits for besides the machines. */
  readonly endpointDependsOn: readonly pulumi.Resource[];

  constructor(name: string, args: MachinesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:machines:Machines', name, {}, opts);
    const { config, lock } = args;
    const images = mirroredImages(config, lock);
    const source = sourceOf(name, args, images, { parent: this });
    const registry = config.imageMirror || source.registry;
    this.imageMirror = registry ? { url: registry, registries: registriesOf(images) } : undefined;
    this.externalEndpoint = source.externalEndpoint;
    this.apiServerCertSans = source.apiServerCertSans;
    this.routesPods = source.routesPods ?? false;
    this.endpointDependsOn = source.endpointDependsOn ?? [];
    const machines = source.machines.map((machine) => ({
      ...machine,
      leftOut: args.leftOut?.includes(machine.name) ?? false,
    }));
    this.all = machines.map((machine) => ({
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
          packages: packagesFor(config, machineNamed(config, machine.name)),
          dependsOn: [...source.stagingDependsOn, ...(machine.staged ? [machine.staged] : [])],
        },
        { parent: this },
      ),
    }));
    this.registerOutputs();
  }

  /** The machines of the given names, in that order. @throws Error when one is not there. */
  named(names: readonly string[]): Machine[] {
    return names.map((name) => {
      const machine = this.all.find((candidate) => candidate.name === name);
      if (!machine) throw new Error(`the cluster has no machine named ${name}`);
      return machine;
    });
  }
}
