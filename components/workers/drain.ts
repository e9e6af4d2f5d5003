import { minorOf } from '../../config/changes/versions.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { evictPods } from '../../lib/format/nodes.ts';
import { scriptLines } from '../../lib/format/script.ts';

type DrainConfig = Pick<
  ClusterConfig,
  'drain' | 'drainTimeoutSeconds' | 'kubernetesVersion' | 'containerdVersion' | 'machinesList'
>;

/** The mark of a node that an update cordoned. */
const ANNOTATION = 'jsonpath={.metadata.annotations.hardway\\.local/cordoned}';

/** What a drained node is to run: as a preview shows it, and as its Node says it. */
interface Wanted {
  readonly versions: string;
  /** A pattern of the shell, for what {@link fields} gives. */
  readonly runs: string;
  readonly fields: string;
}

/**
 * What a node is drained for; nothing where updates do not drain. Where it is the only node that takes pods they have
 * nowhere to go, and the update would only hold them up.
 */
export function drainedFor(config: DrainConfig): Wanted | undefined {
  const { drain, kubernetesVersion, containerdVersion } = config;
  const open = config.machinesList.filter(({ isNode, tainted }) => isNode && !tainted);
  if (drain === 'never' || open.length < 2) return undefined;
  const kubelet = '{.status.nodeInfo.kubeletVersion}';
  if (drain === 'always') {
    return {
      versions: `kubelet ${kubernetesVersion}, containerd ${containerdVersion}`,
      runs: `"v${kubernetesVersion} containerd://${containerdVersion}"`,
      fields: `jsonpath=${kubelet} {.status.nodeInfo.containerRuntimeVersion}`,
    };
  }
  const minor = minorOf(kubernetesVersion);
  return { versions: `kubelet ${minor}`, runs: `"v${minor}."*`, fields: `jsonpath=${kubelet}` };
}

/** The script on a controller that takes a node's pods off before its programs are updated. */
export function drainScript(node: string, wanted: Wanted, seconds: number): string {
  const lines = scriptLines(import.meta.dirname, 'drain-node.sh', {
    EVICT_PODS: evictPods(seconds),
    NODE: node,
    FIELDS: wanted.fields,
    RUNS: { code: wanted.runs },
    ANNOTATION,
  });
  return [...lines, ''].join('\n');
}

/** The script on a controller that lets a node take pods again. */
export function uncordonScript(node: string): string {
  return [...scriptLines(import.meta.dirname, 'uncordon-node.sh', { NODE: node, ANNOTATION }), ''].join('\n');
}
