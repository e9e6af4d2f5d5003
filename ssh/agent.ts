/** Asks the SSH agent for its keys, before a login fails for want of them. */
import ssh2 from 'ssh2';
import type { Diagnostic } from '../config/diagnostic.ts';
import type { ClusterConfig } from '../config/schema.ts';
import { agentError, listLogins } from './private-keys.ts';

/** How many keys an agent has. Rejects when it does not answer. */
function countKeys(socket: string): Promise<number> {
  return new Promise((resolve, reject) => {
    ssh2.createAgent(socket).getIdentities((error, keys) => (error ? reject(error) : resolve(keys?.length ?? 0)));
  });
}

/** The fault of logins that are left to an agent which has no key or does not answer; that there is one is asked before. */
export async function findAgentErrors(
  config: Pick<ClusterConfig, 'machinesList'>,
  socket = process.env.SSH_AUTH_SOCK,
): Promise<Diagnostic[]> {
  if (!socket || !listLogins(config).some(({ key }) => key === 'agent')) return [];
  try {
    return (await countKeys(socket)) > 0 ? [] : [agentError('and the one at SSH_AUTH_SOCK has none')];
  } catch {
    return [agentError(`and the one at SSH_AUTH_SOCK (${socket}) does not answer`)];
  }
}
