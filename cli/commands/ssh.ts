import { UserError } from '../../lib/user-error.ts';
import { parseLogins } from '../../smoke/outputs.ts';
import { ConnectionError } from '../../ssh/diagnostics.ts';
import { DEFAULT_TIMEOUT_SECONDS, MachineSsh } from '../../ssh/machines.ts';
import type { Arguments } from '../args.ts';
import { readConfig } from '../prepare.ts';
import { stackExists, stackOutputs } from '../pulumi/engine.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

/**
 * `make ssh`: a root shell on a machine of a stack, or one command there, over the way and with the key and the host key
 * that the stack itself uses.
 *
 * @returns the exit status of the shell or command
 * @throws UserError when no machine is named, or one that the stack does not have; with exit status 255 when there is no
 *   connection
 */
export async function ssh({ stack, node, command }: Pick<Arguments, 'stack' | 'node' | 'command'>): Promise<number> {
  const workspace = await openWorkspace();
  const fix = `run "make up${stack === 'dev' ? '' : ` STACK=${stack}`}" first`;
  if (!(await stackExists(workspace, stack))) throw new UserError(`there is no stack ${stack}`, { fix });
  const logins = parseLogins(await stackOutputs(workspace, stack));
  if (logins === undefined) throw new UserError(`stack ${stack} has no machines`, { fix });
  const machine = machineNamed(node, Object.keys(logins.hosts));
  const seconds = readConfig(stack).config?.sshTimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  try {
    return await MachineSsh.using(logins, seconds, (client) => client.attach(machine, command, process));
  } catch (error) {
    if (error instanceof ConnectionError) throw new UserError(`${machine}: ${error.message}`, { exitCode: 255 });
    throw error;
  }
}

/**
 * Finds the machine that was asked for.
 *
 * @throws UserError that lists the machines
 */
export function machineNamed(node: string | undefined, machines: readonly string[]): string {
  const options = { fix: `use NODE=<name> with one of ${machines.join(', ')}`, exitCode: 2 };
  if (node === undefined) throw new UserError('make ssh needs the name of a machine', options);
  if (!machines.includes(node)) throw new UserError(`the stack has no machine "${node}"`, options);
  return node;
}
