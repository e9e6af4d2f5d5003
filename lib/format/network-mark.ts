import { publicFile } from './certificates.ts';
import type { FilePlan } from './role.ts';

/** Pod networks of a machine that runs pods. */
export type PodNetworkName = 'weave' | 'bridge' | 'none';

/** Where a node remembers which pod network it was made with. */
const MARK = '/etc/hardway/pod-network';

/** The file by which a node remembers its pod network. */
export function networkMark(network: PodNetworkName): Record<string, FilePlan> {
  return { [MARK]: publicFile(`${network}\n`) };
}

/** What is said where the pod network of a running cluster is to change. */
export function changedNetwork(before: string, wanted: string): string {
  return (
    `hardway:cni is "${wanted}", and the cluster runs on "${before}": the network of running pods cannot be changed under them. ` +
    `Either keep "${before}", or take the stack down and up again with "${wanted}" (make down, make up: everything in the cluster is lost), ` +
    'or bring up a second stack with the new network, move the workloads there, and take this one down.'
  );
}

/** Lines that stop a role, before anything is changed, on a node that was made with another pod network. */
export function requireNetwork(network: PodNetworkName): string[] {
  return [
    `before=$(cat ${MARK} 2>/dev/null || echo ${network})`,
    `[ "$before" = ${network} ] || { echo '${changedNetwork('\'"$before"\'', network)}' >&2; exit 1; }`,
  ];
}
