import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import type { Machine } from '../remote/machine.ts';

/** A machine as the stack's outputs show it. */
export interface MachineOutput {
  readonly name: string;
  readonly roles: readonly string[];
  readonly address: string;
  /** Pod range, of nodes on the bridge network. */
  readonly podCidr?: string;
}

const describe = ({ name, roles, address, podCidr }: ClusterConfig['machinesList'][number]): MachineOutput => ({
  name,
  roles,
  address,
  ...(podCidr === undefined ? {} : { podCidr }),
});

/** Every machine of the cluster, for the stack's outputs. */
export function machineOutputs(config: ClusterConfig): MachineOutput[] {
  return config.machinesList.map(describe);
}

/** The nodes among them, once they are verified. */
export function nodeOutputs(
  config: ClusterConfig,
  verified: pulumi.Input<readonly string[]>,
): pulumi.Output<MachineOutput[]> {
  return pulumi
    .output(verified)
    .apply((names) => config.machinesList.filter((machine) => names.includes(machine.name)).map(describe));
}

/** How to log in to the machines, checked by their host keys; a secret. */
export function sshOutput(machines: readonly Machine[]): pulumi.Output<unknown> {
  return pulumi.secret({
    user: machines[0]?.connection.user,
    privateKey: machines[0]?.connection.privateKey,
    hosts: Object.fromEntries(
      machines.map(({ name, connection: { host, port, hostKey } }) => [
        name,
        { address: host, port: port ?? 22, hostKey },
      ]),
    ),
  });
}
