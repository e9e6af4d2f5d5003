import { DRAIN_NODE, PATIENT_KUBECTL } from '../../lib/format/nodes.ts';
import { shellQuote } from '../../lib/format/shell.ts';

/**
 * The lines, run on a controller, by which a node leaves the cluster for good: its pods go elsewhere, then the node. One
 * that does not answer any more is not waited for longer than a minute.
 */
export function leaveScript(node: string): string {
  return [
    `node=${shellQuote(node)}`,
    `k() { ${PATIENT_KUBECTL} "$@"; }`,
    'there=$(k get node "$node" --ignore-not-found -o name)',
    '[ -n "$there" ] || exit 0',
    DRAIN_NODE,
    'k delete node "$node" --ignore-not-found >&2',
    '',
  ].join('\n');
}
