import { ADMIN_KUBECTL } from '../../render/nodes.ts';
import { shellQuote } from '../../render/shell.ts';

/**
 * The lines, run on a controller, by which a node leaves the cluster for good: its pods go elsewhere, then the node. One
 * that does not answer any more is not waited for longer than a minute.
 */
export function leaveScript(node: string): string {
  return [
    `node=${shellQuote(node)}`,
    `k() { ${ADMIN_KUBECTL.replace('--request-timeout=2s', '--request-timeout=10s')} "$@"; }`,
    'there=$(k get node "$node" --ignore-not-found -o name)',
    '[ -n "$there" ] || exit 0',
    // Without a request timeout of its own: it waits for pods to end.
    'kubectl --kubeconfig /etc/kubernetes/admin.conf drain "$node" --ignore-daemonsets --delete-emptydir-data --force --disable-eviction --grace-period=10 --timeout=60s >&2 || true',
    'k delete node "$node" --ignore-not-found >&2',
    '',
  ].join('\n');
}
