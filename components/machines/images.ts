import { type Artifact, artifact, type Lock } from '../../artifacts/lock.ts';
import { servedByLab } from '../../artifacts/required.ts';
import type { ClusterConfig } from '../../config/schema.ts';

/** The images a lab's mirror serves: the cluster's own and the smoke test's. */
export function mirroredImages(config: ClusterConfig, lock: Lock): Artifact[] {
  return servedByLab(config, lock).filter((one) => one.kind === 'image');
}

/** Host names of the registries that images come from. */
export function registriesOf(images: readonly Artifact[]): string[] {
  return [...new Set(images.map(({ url }) => url.slice(0, url.indexOf('/'))))];
}

/** Reference of the image the config chooses for an add-on or the pods' sandboxes. */
export function imageReference(
  config: ClusterConfig,
  lock: Lock,
  name: 'coredns' | 'pause' | 'weave-kube' | 'weave-npc',
): string {
  const versions = {
    coredns: config.corednsVersion,
    pause: config.pauseVersion,
    'weave-kube': config.weaveVersion,
    'weave-npc': config.weaveVersion,
  };
  return artifact(lock, name, versions[name], config.architecture).url;
}
