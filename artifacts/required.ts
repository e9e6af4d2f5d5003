/** Which artifacts a cluster needs: by role, version and architecture. Pure. */

import type { ClusterConfig, KeyName, MachineSpec } from '../config/schema.ts';
import { type Artifact, artifact, type Lock } from './lock.ts';

/** What the lock calls an artifact, and the key that holds its version. */
export interface RequiredArtifact {
  /** The artifact's name in the lock. */
  readonly name: string;
  /** The configuration key of its version. */
  readonly versionKey: KeyName & `${string}Version`;
}

/** What a node of a pod network of ours needs beside that: images that its pods pull. */
const requiredByNetwork = {
  weave: [
    { name: 'weave-kube', versionKey: 'weaveVersion' },
    { name: 'weave-npc', versionKey: 'weaveVersion' },
  ],
  bridge: [],
  none: [],
} as const satisfies Record<ClusterConfig['cni'], readonly RequiredArtifact[]>;

const kubernetes = (name: string): RequiredArtifact => ({ name, versionKey: 'kubernetesVersion' });

/** What each duty of a machine needs. */
const requiredByRole = {
  etcd: [{ name: 'etcd', versionKey: 'etcdVersion' }],
  controller: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'].map(kubernetes),
  node: [
    kubernetes('kubelet'),
    kubernetes('kube-proxy'),
    kubernetes('kubectl'),
    { name: 'containerd', versionKey: 'containerdVersion' },
    { name: 'runc', versionKey: 'runcVersion' },
    { name: 'cni-plugins', versionKey: 'cniPluginsVersion' },
    { name: 'crictl', versionKey: 'crictlVersion' },
    { name: 'pause', versionKey: 'pauseVersion' },
    { name: 'coredns', versionKey: 'corednsVersion' },
  ],
} as const satisfies Record<string, readonly RequiredArtifact[]>;

/** Everything that some machine needs, each once. */
export const allRequiredArtifacts: readonly RequiredArtifact[] = distinct([
  ...Object.values(requiredByRole).flat(),
  ...Object.values(requiredByNetwork).flat(),
]);

function distinct(needs: readonly RequiredArtifact[]): RequiredArtifact[] {
  return needs.filter((need, index) => needs.findIndex(({ name }) => name === need.name) === index);
}

/** A machine as far as its needs go. */
export type RequiringMachine = Pick<MachineSpec, 'roles' | 'isNode'>;

/** What a machine needs, each once: a load balancer on its own needs nothing of the lock. */
export function requiredArtifacts(
  { roles, isNode }: RequiringMachine,
  cni: ClusterConfig['cni'] = 'none',
): readonly RequiredArtifact[] {
  return distinct([
    ...(roles.includes('etcd') ? requiredByRole.etcd : []),
    ...(roles.includes('controller') ? requiredByRole.controller : []),
    ...(isNode ? [...requiredByRole.node, ...requiredByNetwork[cni]] : []),
  ]);
}

/** The artifacts that one machine of a cluster needs. Throws when the lock lacks one. */
export function artifactsForMachine(config: ClusterConfig, lock: Lock, machine: MachineSpec): Artifact[] {
  return requiredArtifacts(machine, config.cni).map(({ name, versionKey }) =>
    artifact(lock, name, config[versionKey], machine.architecture),
  );
}

/**
 * The artifacts that a cluster needs, each once: what its machines install and the images its nodes pull.
 * Throws when the lock lacks one. The smoke test's image is not among them: the cluster works without it.
 */
export function artifactsFor(config: ClusterConfig, lock: Lock): Artifact[] {
  const all = config.machinesList.flatMap((machine) => artifactsForMachine(config, lock, machine));
  return [...new Map(all.map((each) => [each.id, each])).values()];
}

/** The version of the smoke test's image, which is ours and comes with this repository. */
const smokeImageVersion = '1';

/**
 * What a lab's mirror serves: what the cluster needs, and the smoke test's image for each architecture of its machines.
 * Throws when the lock lacks one.
 */
export function servedByLab(config: ClusterConfig, lock: Lock): Artifact[] {
  const architectures = new Set(config.machinesList.map(({ architecture }) => architecture));
  const smoke = [...architectures].map((architecture) => artifact(lock, 'smoke', smokeImageVersion, architecture));
  return [...artifactsFor(config, lock), ...smoke];
}
