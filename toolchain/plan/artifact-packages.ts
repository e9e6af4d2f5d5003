import { basename } from 'node:path';
import { ownRegistry } from '../../artifacts/own-registry.ts';
import { type Artifact, mirrorPath } from '../artifacts.ts';
import { archiveBuild } from '../build/recipes/archives.ts';
import { benchBuild } from '../build/recipes/bench.ts';
import { corednsBuild, pauseBuild, smokeBuild } from '../build/recipes/images.ts';
import { kubernetesBuild } from '../build/recipes/kubernetes.ts';
import { runcBuild } from '../build/recipes/runc.ts';
import { weaveBuild } from '../build/recipes/weave.ts';
import type { Build, Download, Package } from './package.ts';

/** The recipe of each group of the lock. */
export const recipes: Record<string, (artifact: Artifact) => Build | undefined> = {
  kubernetes: kubernetesBuild,
  etcd: archiveBuild,
  containerd: archiveBuild,
  runc: runcBuild,
  'cni-plugins': archiveBuild,
  crictl: archiveBuild,
  pause: pauseBuild,
  coredns: corednsBuild,
  smoke: smokeBuild,
  weave: weaveBuild,
  bench: benchBuild,
};

/** Groups in the order in which they are made: short ones first, so that a broken machine shows early. */
const order = [
  ...['smoke', 'bench', 'pause', 'runc', 'cni-plugins', 'crictl', 'etcd', 'weave', 'containerd', 'kubernetes'],
  'coredns',
];

function downloadOf(artifact: Artifact): Download | undefined {
  // Ours, so it has no publisher.
  if (artifact.url.startsWith(`${ownRegistry}/`)) return undefined;
  const as = basename(mirrorPath(artifact));
  if (artifact.kind === 'file') return { kind: 'file', file: artifact, as };
  return { kind: 'image', reference: artifact.url, digest: artifact.sha256, arch: artifact.arch, as };
}

/** The part that provides one artifact to the mirror. */
export function artifactPackage(artifact: Artifact): Package {
  const path = mirrorPath(artifact);
  const recipe = recipes[artifact.group];
  return {
    id: `${artifact.group}-${artifact.name}-${artifact.version}-${artifact.arch}`,
    title: `${artifact.name} ${artifact.version}${artifact.kind === 'image' ? ' image' : ''}`,
    outputs: [basename(path)],
    links: [{ path, output: basename(path), kind: 'hard' }],
    download: downloadOf(artifact),
    build: recipe?.(artifact),
  };
}

/** Artifacts in the order in which they are best made. */
export function sortArtifacts(artifacts: readonly Artifact[]): Artifact[] {
  return [...artifacts].sort((left, right) => order.indexOf(left.group) - order.indexOf(right.group));
}

/** Parts with the same id become one, with the links of both: kubectl is a tool and an artifact. */
export function mergePackages(packages: readonly Package[]): Package[] {
  const byId = new Map<string, Package>();
  for (const pkg of packages) {
    const known = byId.get(pkg.id);
    if (!known) {
      byId.set(pkg.id, pkg);
      continue;
    }
    // An installed program has not been made here, so it cannot stand in for the artifact.
    const { installed: _, ...rest } = known;
    byId.set(pkg.id, { ...rest, links: [...known.links, ...pkg.links] });
  }
  return [...byId.values()];
}
