/** Where a controller's administrator kubeconfig lies, and kubectl with it. */
export const ADMIN_KUBECTL = 'kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=2s';

/**
 * A shell condition on a controller: holds when every one of the nodes is registered, and Ready where that is asked;
 * prints those that are not.
 */
export function nodesCondition(names: readonly string[], ready: boolean): string {
  const state = ready ? '$2 == "Ready" || $2 ~ /^Ready,/' : '1';
  const wanted = names.join(' ');
  return (
    `${ADMIN_KUBECTL} get nodes --no-headers | awk -v wanted='${wanted}' '${state} { seen[$1] = 1 } ` +
    `END { n = split(wanted, names, " "); for (i = 1; i <= n; i++) if (!(names[i] in seen)) { print names[i] " is not there"; missing = 1 } exit missing }'`
  );
}
