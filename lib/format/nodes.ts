import { type ShellCode, scriptLines } from './script.ts';
import { shellCommand } from './shell.ts';

/** Label of every node that hardway registered: nodes without it joined in another way, and are left alone. */
export const NODE_LABEL = 'hardway.local/node=true';

/**
 * A shell function for scripts that run on a controller and have a function `k`: it evicts the pods of `"$node"`.
 *
 * @param seconds - how long their disruption budgets and their end may take
 */
export function evictPods(seconds: number): ShellCode {
  return { code: scriptLines(import.meta.dirname, 'evict-pods.sh', { SECONDS: seconds }).join('\n') };
}

/** A shell command on a controller that labels nodes as ours. */
export function labelNodes(names: readonly string[]): string {
  if (names.length === 0) return ':';
  return shellCommand([
    ...['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', '--request-timeout=5s'],
    ...['label', '--overwrite', 'nodes', ...names, NODE_LABEL],
  ]);
}

/**
 * A shell condition on a controller: holds when every one of the nodes is registered, and Ready where that is asked for;
 * prints those that are not.
 */
export function nodesCondition(names: readonly string[], ready: boolean): string {
  const values = { NODES: names.join(' '), READY: ready ? 1 : 0 };
  return scriptLines(import.meta.dirname, 'nodes-registered.sh', values).join('\n');
}
