import type { Artifact } from '../toolchain/artifacts.ts';
import type { Arch } from '../toolchain/host.ts';
import { ownRegistry } from './own-registry.ts';

/** The versions that the committed lock lists, by group. The first is the default. */
export const lockedVersions: Record<string, string[]> = {
  // renovate: datasource=github-releases depName=kubernetes/kubernetes
  kubernetes: ['1.36.4', '1.36.3', '1.37.1'],
  // renovate: datasource=github-releases depName=etcd-io/etcd
  etcd: ['3.7.3', '3.6.14'],
  // renovate: datasource=github-releases depName=containerd/containerd
  containerd: ['2.3.7', '2.3.4'],
  // renovate: datasource=github-releases depName=opencontainers/runc
  runc: ['1.5.2', '1.4.3'],
  // renovate: datasource=github-releases depName=containernetworking/plugins
  'cni-plugins': ['1.9.1', '1.9.0'],
  // renovate: datasource=github-releases depName=kubernetes-sigs/cri-tools
  crictl: ['1.36.0'],
  // renovate: datasource=github-releases depName=coredns/coredns
  coredns: ['1.14.7', '1.14.6'],
  pause: ['3.10.1'],
  // The first is built here from its module; the second is the maintained fork's and is downloaded.
  weave: ['2.6.5', '2.9.0'],
  smoke: ['1'],
  bench: ['1'],
};

/** Kubernetes binaries in the lock, in the order in which they are wanted. */
export const kubernetesBinaries = [
  'kubelet',
  'kube-proxy',
  'kubectl',
  'kube-scheduler',
  'kube-controller-manager',
  'kube-apiserver',
];

/** CNI plugins that are installed on machines; the archive holds the publisher's full set. */
const cniPlugins = ['bridge', 'loopback', 'host-local', 'portmap', 'bandwidth', 'firewall', 'tuning'];

/** The version of Weave Net that the module registry has; later ones are the maintained fork's. */
const builtWeave = '2.6.5';
/** Counts what the recipe makes of that version: nodes do not fetch a tag twice, so another content takes another. */
const weaveBuild = 3;

const github = 'https://github.com';

type Draft = Pick<Artifact, 'name' | 'kind' | 'url'> & Partial<Pick<Artifact, 'checksumUrl' | 'members'>>;

const members = (prefix: string, names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `${prefix}${name}`]));

const publishers: Record<string, (version: string, arch: Arch) => Draft[]> = {
  kubernetes: (version, arch) =>
    kubernetesBinaries.map((name) => {
      const url = `https://dl.k8s.io/release/v${version}/bin/linux/${arch}/${name}`;
      return { name, kind: 'file', url, checksumUrl: `${url}.sha256` };
    }),
  etcd: (version, arch) => {
    const release = `${github}/etcd-io/etcd/releases/download/v${version}`;
    const folder = `etcd-v${version}-linux-${arch}`;
    const url = `${release}/${folder}.tar.gz`;
    const content = members(`${folder}/`, ['etcd', 'etcdctl', 'etcdutl']);
    return [{ name: 'etcd', kind: 'file', url, checksumUrl: `${release}/SHA256SUMS`, members: content }];
  },
  containerd: (version, arch) => {
    const url = `${github}/containerd/containerd/releases/download/v${version}/containerd-${version}-linux-${arch}.tar.gz`;
    const content = members('bin/', ['containerd', 'containerd-shim-runc-v2', 'ctr']);
    return [{ name: 'containerd', kind: 'file', url, checksumUrl: `${url}.sha256sum`, members: content }];
  },
  runc: (version, arch) => {
    const release = `${github}/opencontainers/runc/releases/download/v${version}`;
    return [{ name: 'runc', kind: 'file', url: `${release}/runc.${arch}`, checksumUrl: `${release}/runc.sha256sum` }];
  },
  'cni-plugins': (version, arch) => {
    const release = `${github}/containernetworking/plugins/releases/download/v${version}`;
    const url = `${release}/cni-plugins-linux-${arch}-v${version}.tgz`;
    const content = members('./', cniPlugins);
    return [{ name: 'cni-plugins', kind: 'file', url, checksumUrl: `${url}.sha256`, members: content }];
  },
  crictl: (version, arch) => {
    const release = `${github}/kubernetes-sigs/cri-tools/releases/download/v${version}`;
    const url = `${release}/crictl-v${version}-linux-${arch}.tar.gz`;
    const content = members('', ['crictl']);
    return [{ name: 'crictl', kind: 'file', url, checksumUrl: `${url}.sha256`, members: content }];
  },
  coredns: (version) => [{ name: 'coredns', kind: 'image', url: `registry.k8s.io/coredns/coredns:v${version}` }],
  pause: (version) => [{ name: 'pause', kind: 'image', url: `registry.k8s.io/pause:${version}` }],
  weave: (version) => {
    const [registry, tag] =
      version === builtWeave ? [ownRegistry, `${version}-${weaveBuild}`] : ['docker.io/rajchaudhuri', version];
    return ['weave-kube', 'weave-npc'].map((name) => ({ name, kind: 'image', url: `${registry}/${name}:${tag}` }));
  },
  smoke: (version) => [{ name: 'smoke', kind: 'image', url: `${ownRegistry}/smoke:${version}` }],
  bench: (version) => [{ name: 'bench', kind: 'image', url: `${ownRegistry}/bench:${version}` }],
};

/** The groups that the lock may hold. */
export const groups = Object.keys(publishers);

/** Every artifact of one group at one version and architecture, without its checksum. */
export function publishedArtifacts(group: string, version: string, arch: Arch): Artifact[] {
  const drafts = publishers[group];
  if (!drafts) throw new Error(`unknown group "${group}", known are ${groups.join(', ')}`);
  return drafts(version, arch).map((draft) => ({
    id: `${group}/${draft.name}@${version}/${arch}`,
    name: draft.name,
    group,
    version,
    arch,
    kind: draft.kind,
    url: draft.url,
    sha256: null,
    ...(draft.checksumUrl ? { checksumUrl: draft.checksumUrl } : {}),
    ...(draft.members ? { members: draft.members } : {}),
  }));
}
