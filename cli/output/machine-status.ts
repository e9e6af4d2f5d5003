import { messageOf } from '../../smoke/check.ts';
import { type ClusterOutputs, parseOutputs } from '../../smoke/outputs.ts';
import { MachineSsh } from '../../ssh/machines.ts';

/** Asks what a machine's systemd thinks of itself: `running`, `degraded`; it exits with 1 for all but the first. */
const question = 'systemctl is-system-running || true';

/**
 * One line for each machine of a cluster that is reached over SSH: whether it answers. None before it was brought up.
 *
 * @param seconds - how long a machine may take: `hardway:sshTimeoutSeconds`
 */
export async function readMachineStatus(given: unknown, seconds: number): Promise<string[]> {
  let outputs: ClusterOutputs;
  try {
    outputs = parseOutputs(given);
  } catch {
    return [];
  }
  return MachineSsh.using(outputs.ssh, seconds, async (ssh) => {
    const each = outputs.machines.map(async ({ name, address, roles }) => {
      const state = await ssh.run(name, question).then(
        (said) => said.trim(),
        (error: unknown) => `no answer: ${messageOf(error)}`,
      );
      return `${name}  ${address}  ${roles.join(', ')}: ${state}`;
    });
    return Promise.all(each);
  });
}
