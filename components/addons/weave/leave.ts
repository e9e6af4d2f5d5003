import { scriptLines } from '../../../lib/format/script.ts';
import type { LeaveCode } from '../../workers/leaving-nodes.ts';

/** How a node leaves Weave Net for good, so that its addresses come back. */
export function leaveWeave(): LeaveCode {
  const code = (name: string) => ({ code: scriptLines(import.meta.dirname, name).join('\n') });
  return { leave: code('leave.sh'), begun: code('peers-without-node.sh') };
}
