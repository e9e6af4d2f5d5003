import { publicFile } from './certificates.ts';
import type { FilePlan } from './role.ts';
import { scriptLines } from './script.ts';

/** Pod networks of a machine that runs pods. */
export type PodNetworkName = 'weave' | 'bridge' | 'none';

/** Where a node records the pod network it was created with. */
const MARK = '/etc/hardway/pod-network';

/** The file in which a node records its pod network. */
export function networkMark(network: PodNetworkName): Record<string, FilePlan> {
  return { [MARK]: publicFile(`${network}\n`) };
}

/** The message where the pod network of a running cluster is to change. */
function changedNetwork(before: string, wanted: string): string {
  return (
    `hardway:cni is "${wanted}", and the cluster runs on "${before}": the network of running pods cannot be changed under them. ` +
    `Either keep "${before}", or take the stack down and up again with "${wanted}" (make down, make up: everything in the cluster is lost), ` +
    'or bring up a second stack with the new network, move the workloads there, and take this one down.'
  );
}

/** Lines that stop a role, before anything is changed, on a node that was made with another pod network. */
export function requireNetwork(network: PodNetworkName): string[] {
  // Single quotes, but for what the machine knows.
  const message = { code: `'${changedNetwork(`'"$before"'`, network)}'` };
  return scriptLines(import.meta.dirname, 'require-network.sh', { NETWORK: network, MESSAGE: message });
}
