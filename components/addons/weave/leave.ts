import { DRAIN_NODE, PATIENT_KUBECTL } from '../../../lib/format/nodes.ts';
import { shellQuote } from '../../../lib/format/shell.ts';
import { NAME, NAMESPACE } from './access.ts';
import { WEAVE_API_PORT } from './daemon-set.ts';

/**
 * The lines, run on a controller, by which a node leaves Weave Net for good, so that its share of the addresses comes
 * back: its pods go, then the node, and with it its peer; when no peer is left on it, one that stays takes its addresses
 * over (`rmpeer`) and the list of peers no longer names it. Each step may be done already.
 */
export function leaveScript(node: string): string {
  const peersOfNode = `${PATIENT_KUBECTL} -n ${NAMESPACE} get configmap ${NAME} -o jsonpath='{.metadata.annotations.kube-peers\\.weave\\.works/peers}' 2>/dev/null | tr '{' '\\n' | sed -n "s/.*\\"PeerName\\":\\"\\([^\\"]*\\)\\".*\\"NodeName\\":\\"$node\\".*/\\1/p"`;
  return [
    `node=${shellQuote(node)} handed=`,
    `k() { ${PATIENT_KUBECTL} "$@"; }`,
    `peers=$(${peersOfNode})`,
    `if k get node "$node" >/dev/null 2>&1; then`,
    `  ${DRAIN_NODE}`,
    // The leaving peer itself hands its addresses over, and gives out none from then on.
    `  leaving=$(k -n ${NAMESPACE} get pods -l name=${NAME} --field-selector "spec.nodeName=$node" -o name | head -n 1)`,
    `  [ -z "$leaving" ] || ! k -n ${NAMESPACE} exec "$leaving" -c weave -- curl -sSf --max-time 20 -X DELETE http://127.0.0.1:${WEAVE_API_PORT}/peer >&2 || handed=yes`,
    `  k delete node "$node" --ignore-not-found >&2`,
    `fi`,
    // The cluster itself would do it after 40 s. Its kubelet, where it still lives, ends the peer then.
    `k -n ${NAMESPACE} delete pods -l name=${NAME} --field-selector "spec.nodeName=$node" --grace-period=0 --force --ignore-not-found >&2 2>/dev/null || true`,
    `tries=0`,
    `while k -n ${NAMESPACE} get pods -l name=${NAME} --field-selector "spec.nodeName=$node" --no-headers 2>/dev/null | grep -q . && [ $tries -lt 60 ]; do sleep 1; tries=$((tries + 1)); done`,
    `survivor=$(k -n ${NAMESPACE} get pods -l name=${NAME} --field-selector status.phase=Running -o jsonpath='{range .items[*]}{.spec.nodeName} {.metadata.name}{"\\n"}{end}' | awk -v gone="$node" '$1 != gone { print $2; exit }')`,
    `[ -n "$survivor" ] || { echo "no peer is left that could take over the addresses of $node" >&2; exit 0; }`,
    `ask() { k -n ${NAMESPACE} exec "$survivor" -c weave -- curl -sS --max-time 5 "$@"; }`,
    `for peer in $peers; do`,
    `  tries=0`,
    // A peer that could not be asked must have been seen to go: its addresses would be given twice.
    `  while [ -z "$handed" ] && ask http://127.0.0.1:${WEAVE_API_PORT}/status/connections | grep established | grep -q "$peer" && [ $tries -lt 60 ]; do sleep 1; tries=$((tries + 1)); done`,
    `  ask -X DELETE "http://127.0.0.1:${WEAVE_API_PORT}/peer/$peer" >&2 || true`,
    `done`,
    `tries=0`,
    `while [ -n "$(${peersOfNode})" ] && [ $tries -lt 30 ]; do sleep 1; tries=$((tries + 1)); done`,
    `! ask http://127.0.0.1:${WEAVE_API_PORT}/status/ipam | grep -F "($node)" >&2 || { echo "addresses of $node did not come back" >&2; exit 1; }`,
    '',
  ].join('\n');
}
