import { drainNode } from '../../lib/format/nodes.ts';
import { scriptLines } from '../../lib/format/script.ts';

/** The script, run on a controller, that drains a node and deletes it from the cluster. */
export function drainAndDeleteScript(node: string): string {
  const lines = scriptLines(import.meta.dirname, 'drain-and-delete.sh', { NODE: node, DRAIN_NODE: drainNode() });
  return [...lines, ''].join('\n');
}
