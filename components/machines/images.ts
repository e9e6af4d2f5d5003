import { type Artifact, artifact, type Lock, publishedSum } from '../../artifacts/lock.ts';
import { servedByLab } from '../../artifacts/required.ts';
import type { ClusterConfig } from '../../config/schema.ts';

/** The images a lab's mirror serves: the cluster's own and the smoke test's. */
export function mirroredImages(config: ClusterConfig, lock: Lock): Artifact[] {
  return servedByLab(config, lock).filter((artifact) => artifact.kind === 'image');
}

/** Host names of the registries that images come from. */
export function registriesOf(images: readonly Artifact[]): string[] {
  return [...new Set(images.map(({ url }) => url.slice(0, url.indexOf('/'))))];
}

/**
 * Reference of the image the config chooses for an add-on or the pods' sandboxes, with its digest where the lock pins
 * one. An image that was built here has another digest: a lab's mirror serves such images, and `imageMirror` may.
 */
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
  const { url } = artifact(lock, name, versions[name], config.architecture);
  if (config.machines === 'lab') return url;
  const architectures = new Set(
    config.machinesList.filter(({ isNode }) => isNode).map((machine) => machine.architecture),
  );
  const images = [...architectures].map((architecture) => artifact(lock, name, versions[name], architecture));
  if (config.imageMirror !== '' && images.some(({ source }) => source === 'build')) return url;
  const digests = new Set(images.map(publishedSum));
  const [digest] = digests;
  // Nodes of several architectures share one reference: it may name a digest only where that is of an index.
  return digests.size === 1 && digest ? `${url}@sha256:${digest}` : url;
}
