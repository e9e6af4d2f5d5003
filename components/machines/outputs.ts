import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import type { Machine, SshLogin } from '../remote/machine.ts';

/** A machine as the stack's outputs show it. */
export interface MachineOutput {
  readonly name: string;
  readonly roles: readonly string[];
  readonly address: string;
  /** Architecture as the artifacts are named: `amd64` or `arm64`. */
  readonly architecture: string;
  /** Pod range, of nodes on the bridge network. */
  readonly podCidr?: string;
}

const describe = ({
  name,
  roles,
  address,
  architecture,
  podCidr,
}: ClusterConfig['machinesList'][number]): MachineOutput => ({
  name,
  roles,
  address,
  architecture,
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

/** One login as the stack's outputs have it; without a private key, the agent is asked. */
function loginOutput({ host, port, user, privateKey, hostKey }: SshLogin) {
  return { address: host, port: port ?? 22, user, hostKey, ...(privateKey === undefined ? {} : { privateKey }) };
}

/** How to log in to each machine, checked by its host key, and through which bastion; a secret. */
export function sshOutput(machines: readonly Machine[]): pulumi.Output<unknown> {
  return pulumi.secret({
    hosts: Object.fromEntries(
      machines.map(({ name, connection: { bastion, ...direct } }) => [
        name,
        { ...loginOutput(direct), ...(bastion === undefined ? {} : { bastion: loginOutput(bastion) }) },
      ]),
    ),
  });
}
