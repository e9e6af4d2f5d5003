import { parseLogins } from '../../smoke/outputs.ts';
import { Ssh } from '../../smoke/ssh.ts';
import { type Arguments, UsageError } from '../args.ts';
import { PulumiError, stackExists, stackOutputs } from '../pulumi/engine.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

/**
 * `make ssh`: a root shell on a machine of a stack, or one command there, over the way and with the key and the host key
 * that the stack itself uses.
 *
 * @returns the exit status of the shell or command; 255 when there is no connection
 * @throws UsageError when no machine is named, or one that the stack does not have
 */
export async function ssh({ stack, node, command }: Pick<Arguments, 'stack' | 'node' | 'command'>): Promise<number> {
  const home = await openWorkspace();
  if (!(await stackExists(home, stack))) {
    throw new PulumiError(`there is no stack ${stack}. Fix: run "make up${forStack(stack)}" first.`);
  }
  const logins = parseLogins(await stackOutputs(home, stack));
  if (logins === undefined) {
    throw new PulumiError(`stack ${stack} has no machines. Fix: run "make up${forStack(stack)}" first.`);
  }
  const machine = machineNamed(node, Object.keys(logins.hosts));
  // The client ends on these signals; this process must outlive it, to remove the key's file.
  const ignore = () => {};
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ignore);
  return Ssh.using(logins, (client) => client.attach(machine, command));
}

const forStack = (stack: string): string => (stack === 'dev' ? '' : ` STACK=${stack}`);

/** The machine that was asked for. @throws UsageError that lists the machines */
export function machineNamed(node: string | undefined, machines: readonly string[]): string {
  const fix = `Fix: NODE=<name> with one of ${machines.join(', ')}.`;
  if (node === undefined) throw new UsageError(`make ssh needs the name of a machine. ${fix}`);
  if (!machines.includes(node)) throw new UsageError(`the stack has no machine "${node}". ${fix}`);
  return node;
}
