import { type ShellCode, scriptLines } from './script.ts';

/** Code that takes the pods off `"$node"`, for scripts that run on a controller. */
export function drainNode(): ShellCode {
  return { code: scriptLines(import.meta.dirname, 'drain-node.sh').join('\n') };
}

/**
 * A shell condition on a controller: holds when every one of the nodes is registered, and Ready where that is asked for;
 * prints those that are not.
 */
export function nodesCondition(names: readonly string[], ready: boolean): string {
  const values = { NODES: names.join(' '), READY: ready ? 1 : 0 };
  return scriptLines(import.meta.dirname, 'nodes-registered.sh', values).join('\n');
}
