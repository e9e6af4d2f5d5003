const KUBECTL = 'kubectl --kubeconfig /etc/kubernetes/admin.conf';

/** kubectl as a controller's administrator, for a look that is repeated. */
export const ADMIN_KUBECTL = `${KUBECTL} --request-timeout=2s`;

/** The same, for a step that is done once. */
export const PATIENT_KUBECTL = `${KUBECTL} --request-timeout=10s`;

/** A line that takes the pods off "$node". It has no request timeout of its own: it waits for pods to end. */
export const DRAIN_NODE = `${KUBECTL} drain "$node" --ignore-daemonsets --delete-emptydir-data --force --disable-eviction --grace-period=10 --timeout=60s >&2 || true`;

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
