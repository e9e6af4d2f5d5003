import { describe, expect, it } from '@jest/globals';
import { readCommittedLock } from '../../artifacts/lock.ts';
import { lockedVersions } from '../../artifacts/publishers.ts';
import { publishedTools } from '../../artifacts/tools.ts';

const lock = readCommittedLock();
const ours = (url: string) => url.startsWith('registry.hardway.local/');

/**
 * Default versions that no public table has yet: their sums come from the publisher's list at the first fetch, and
 * "make lock" pins them. This list only shrinks: what is pinned must go from here.
 */
const unpinned: Readonly<Record<string, string>> = {
  'kubernetes/kube-proxy@1.36.4': 'public tables have kubelet, kubectl and kubeadm alone',
  'kubernetes/kube-scheduler@1.36.4': 'public tables have kubelet, kubectl and kubeadm alone',
  'kubernetes/kube-controller-manager@1.36.4': 'public tables have kubelet, kubectl and kubeadm alone',
  'kubernetes/kube-apiserver@1.36.4': 'public tables have kubelet, kubectl and kubeadm alone',
  'etcd/etcd@3.7.3': 'newer than public tables; a lower default would take existing clusters down a minor version',
  'containerd/containerd@2.3.7': 'newer than public tables; 2.3.4, which they have, lacks three releases of fixes',
  'weave/weave-kube@2.6.5': 'built here, so it has no publisher',
  'weave/weave-npc@2.6.5': 'built here, so it has no publisher',
  'pulumi@3.250.0': 'in no public table',
  'plugin-command@1.2.1': 'in no public table',
  'plugin-tls@5.6.1': 'in no public table; its publisher lists SHA-1',
  'plugin-random@4.21.2': 'in no public table; its publisher lists SHA-1',
  'plugin-kubernetes@4.34.2': 'in no public table',
  'plugin-aws@7.48.0': 'in no public table; its publisher lists SHA-1',
  'kubectl@1.36.4': "macOS's kubectl is in no public table",
};

const nameOf = (id: string) => id.replace(/\/[^/]+$/, '');

describe('pins', () => {
  const defaults = [
    ...lock.artifacts.filter(({ group, version }) => version === lockedVersions[group]?.[0]),
    ...lock.tools.filter(({ name, version }) => name !== 'kubectl' || version === lockedVersions.kubernetes?.[0]),
  ];

  it('exist for every default version, but for a list with reasons that only shrinks', () => {
    const missing = defaults.filter(({ sha256, url }) => sha256 === null && !(ours(url) && !url.includes('weave')));
    expect([...new Set(missing.map(({ id }) => nameOf(id)))].sort()).toEqual(Object.keys(unpinned).sort());
  });

  it('say where they come from, and are for both architectures or for none', () => {
    for (const entry of [...lock.artifacts, ...lock.tools]) {
      expect([entry.id, entry.pinnedFrom !== undefined]).toEqual([entry.id, entry.sha256 !== null]);
    }
    const halves = new Map<string, Set<boolean>>();
    for (const { id, sha256 } of [...lock.artifacts, ...lock.tools]) {
      halves.set(nameOf(id), (halves.get(nameOf(id)) ?? new Set()).add(sha256 !== null));
    }
    expect([...halves].filter(([, states]) => states.size > 1)).toEqual([]);
  });

  it('of tools are for the files that the publishers table names', () => {
    expect(lock.tools.map(({ id }) => id)).toEqual(publishedTools().map(({ id }) => id));
  });
});
