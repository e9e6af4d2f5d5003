import { drainNode } from '../../../lib/format/nodes.ts';
import { scriptLines } from '../../../lib/format/script.ts';

/** The script, run on a controller, by which a node leaves Weave Net for good and its addresses come back. */
export function leaveScript(node: string): string {
  const lines = scriptLines(import.meta.dirname, 'leave.sh', { NODE: node, DRAIN_NODE: drainNode() });
  return [...lines, ''].join('\n');
}
