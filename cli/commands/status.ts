import { z } from 'zod';
import { labStatus } from '../../lab/status.ts';
import { readMachineStatus } from '../output/machine-status.ts';
import { readConfig } from '../prepare.ts';
import { stackExists, stackOutputs } from '../pulumi/engine.ts';
import { isStale, locksOf, thisHost } from '../pulumi/locks.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

const shown = z.object({ endpoint: z.string(), certificateExpiry: z.record(z.string(), z.string()) }).partial();

/** `make status`: machines, API endpoint and certificate expiry. Shows no secret. */
export async function status(stack: string, print: (line: string) => void): Promise<number> {
  const workspace = await openWorkspace({ stack, print });
  const { config } = readConfig(stack);
  if (config?.machines === 'lab') {
    const lab = await labStatus(config.labName);
    for (const { name, role, address, state } of lab.machines) print(`${name}  ${address}  ${role}, ${state}`);
    if (lab.machines.length === 0) print(`lab ${config.labName}: no machines`);
  }
  for (const lock of workspace.backendDir ? await locksOf(workspace.backendDir, stack) : []) {
    const stale = await isStale(lock, thisHost);
    print(`an update ${stale ? 'was killed' : 'is running'} (process ${lock.pid} on ${lock.hostname})`);
  }
  if (!(await stackExists(workspace, stack))) {
    print(`stack ${stack}: does not exist yet`);
    return 0;
  }
  const given = await stackOutputs(workspace, stack);
  if (config && config.machines !== 'lab')
    for (const line of await readMachineStatus(given, config.sshTimeoutSeconds)) print(line);
  const outputs = shown.parse(given);
  print(outputs.endpoint ? `stack ${stack}: API endpoint ${outputs.endpoint}` : `stack ${stack}: no cluster`);
  const ends = Object.entries(outputs.certificateExpiry ?? {}).sort(([, one], [, other]) => (one < other ? -1 : 1));
  const [first] = ends;
  if (first) print(`certificates: ${ends.length}; the first to expire is ${first[0]}, on ${first[1].slice(0, 10)}`);
  return 0;
}
