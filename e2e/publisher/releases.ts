/**
 * What each publisher puts into a release: file names, what is inside, and the form of the checksum list. Written from
 * the publishers' own release scripts, never from this program's tables: a difference between the two has to show.
 */
import type { ListForm } from './checksum-lists.ts';

export type Os = 'linux' | 'darwin' | 'windows';
export type Arch = 'amd64' | 'arm64';

/** One entry of an archive, under the very name that the archive has for it. */
export type Entry =
  | { readonly path: string; readonly program: string }
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly folder: true };

interface ForPlatform {
  readonly name: string;
  readonly os: Os;
  readonly arch: Arch;
}

/** One file of a release. */
export type Asset =
  | (ForPlatform & { readonly kind: 'archive'; readonly entries: readonly Entry[] })
  | (ForPlatform & { readonly kind: 'program'; readonly program: string })
  | { readonly kind: 'list'; readonly name: string; readonly form: ListForm; readonly of: readonly string[] };

const architectures: readonly Arch[] = ['amd64', 'arm64'];
const unix = (['linux', 'darwin'] as const).flatMap((os) => architectures.map((arch) => ({ os, arch })));
const linux = architectures.map((arch) => ({ os: 'linux' as const, arch }));

const folder = (path: string): Entry => ({ path, folder: true });
const text = (path: string): Entry => ({ path, text: `${path}\n` });
const programs = (prefix: string, names: readonly string[]): Entry[] =>
  names.map((program) => ({ path: `${prefix}${program}`, program }));

function list(name: string, form: ListForm, of: readonly Asset[]): Asset {
  return { kind: 'list', name, form, of: of.map((asset) => asset.name) };
}

/** Whether version `have` is at least `want`, both `major.minor.patch`. */
function atLeast(have: string, want: string): boolean {
  const [left, right] = [have, want].map((version) => version.split('.').map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** pulumi/pulumi: .goreleaser.yml, scripts/prep-for-goreleaser.sh. */
function pulumi(version: string): Asset[] {
  const hosts = ['bun', 'dotnet', 'go', 'java', 'nodejs', 'pcl', 'python', 'yaml'];
  const names = [
    // The policy pack's launcher left the archive with 3.221.0.
    ...(atLeast(version, '3.221.0') ? [] : ['pulumi-analyzer-policy', 'pulumi-analyzer-policy-python']),
    ...['pulumi', ...hosts.map((host) => `pulumi-language-${host}`), 'pulumi-watch'],
  ];
  const archives = unix.map(({ os, arch }): Asset => {
    const platform = `${os}-${arch === 'amd64' ? 'x64' : 'arm64'}`;
    return {
      kind: 'archive',
      name: `pulumi-v${version}-${platform}.tar.gz`,
      os,
      arch,
      entries: programs('pulumi/', names),
    };
  });
  return [...archives, list(`pulumi-${version}-checksums.txt`, 'sha256sum', archives)];
}

/** Plugins that goreleaser packs: .goreleaser.yml of pulumi-command and pulumi-kubernetes. */
const packedPlugin =
  (name: string) =>
  (version: string): Asset[] =>
    plugin(name, version, '', 'sha256sum');

/** Plugins that ci-mgmt's workflows pack: build_provider.yml, publish.yml of pulumi-tls, pulumi-random and pulumi-aws. */
const bridgedPlugin =
  (name: string) =>
  (version: string): Asset[] =>
    plugin(name, version, './', 'sha1-dot-slash');

function plugin(name: string, version: string, prefix: string, form: ListForm): Asset[] {
  const program = `pulumi-resource-${name}`;
  const entries = [text(`${prefix}README.md`), text(`${prefix}LICENSE`), ...programs(prefix, [program])];
  const archives = unix.map(
    ({ os, arch }): Asset => ({
      kind: 'archive',
      name: `${program}-v${version}-${os}-${arch}.tar.gz`,
      os,
      arch,
      entries,
    }),
  );
  return [...archives, list(`pulumi-${name}_${version}_checksums.txt`, form, archives)];
}

/** etcd-io/etcd: scripts/build-release.sh, scripts/release.sh. */
function etcd(version: string): Asset[] {
  const archives = linux.map(({ os, arch }): Asset => {
    const top = `etcd-v${version}-linux-${arch}`;
    const documents = ['README.md', 'README-etcdctl.md', 'README-etcdutl.md'].map((name) => text(`${top}/${name}`));
    const entries = [folder(`${top}/`), ...documents, ...programs(`${top}/`, ['etcd', 'etcdctl', 'etcdutl'])];
    return { kind: 'archive', name: `${top}.tar.gz`, os, arch, entries };
  });
  return [...archives, list('SHA256SUMS', 'sha256sum', archives)];
}

/** containerd/containerd: Makefile, target release. */
function containerd(version: string): Asset[] {
  const names = ['containerd', 'containerd-shim-runc-v2', 'containerd-stress', 'ctr'];
  return linux.flatMap(({ os, arch }) => {
    const name = `containerd-${version}-linux-${arch}.tar.gz`;
    const archive: Asset = { kind: 'archive', name, os, arch, entries: [folder('bin/'), ...programs('bin/', names)] };
    return [archive, list(`${name}.sha256sum`, 'sha256sum', [archive])];
  });
}

/** opencontainers/runc: script/release_build.sh, script/release_sign.sh. */
function runc(): Asset[] {
  const binaries = linux.map(
    ({ os, arch }): Asset => ({ kind: 'program', name: `runc.${arch}`, os, arch, program: 'runc' }),
  );
  return [...binaries, list('runc.sha256sum', 'clear-signed', binaries)];
}

/** containernetworking/plugins: scripts/release.sh, which packs the folder itself, so that names begin with `./`. */
function cniPlugins(version: string): Asset[] {
  const names =
    'bandwidth bridge dhcp dummy firewall host-device host-local ipvlan loopback macvlan portmap ptp sbr static tap tuning vlan vrf';
  const entries = [folder('./'), text('./LICENSE'), text('./README.md'), ...programs('./', names.split(' '))];
  return linux.flatMap(({ os, arch }) => {
    const name = `cni-plugins-linux-${arch}-v${version}.tgz`;
    const archive: Asset = { kind: 'archive', name, os, arch, entries };
    return [archive, list(`${name}.sha256`, 'sha256sum', [archive])];
  });
}

/** kubernetes-sigs/cri-tools: hack/release.sh. */
function criTools(version: string): Asset[] {
  return linux.flatMap(({ os, arch }) => {
    const name = `crictl-v${version}-linux-${arch}.tar.gz`;
    const archive: Asset = { kind: 'archive', name, os, arch, entries: programs('', ['crictl']) };
    return [archive, list(`${name}.sha256`, 'lone', [archive])];
  });
}

/** google/go-containerregistry: .goreleaser.yml. */
function containerRegistry(): Asset[] {
  const archives = unix.map(({ os, arch }): Asset => {
    const system = os === 'linux' ? 'Linux' : 'Darwin';
    const name = `go-containerregistry_${system}_${arch === 'amd64' ? 'x86_64' : 'arm64'}.tar.gz`;
    const entries = [text('LICENSE'), text('README.md'), ...programs('', ['crane', 'gcrane', 'krane'])];
    return { kind: 'archive', name, os, arch, entries };
  });
  return [...archives, list('checksums.txt', 'sha256sum', archives)];
}

/** rhysd/actionlint: .goreleaser.yaml. */
function actionlint(version: string): Asset[] {
  const archives = unix.map(({ os, arch }): Asset => {
    const entries = [...['LICENSE.txt', 'README.md', 'man/actionlint.1'].map(text), ...programs('', ['actionlint'])];
    return { kind: 'archive', name: `actionlint_${version}_${os}_${arch}.tar.gz`, os, arch, entries };
  });
  return [...archives, list(`actionlint_${version}_checksums.txt`, 'sha256sum', archives)];
}

const repositories: Readonly<Record<string, (version: string) => Asset[]>> = {
  'pulumi/pulumi': pulumi,
  'pulumi/pulumi-command': packedPlugin('command'),
  'pulumi/pulumi-kubernetes': packedPlugin('kubernetes'),
  'pulumi/pulumi-tls': bridgedPlugin('tls'),
  'pulumi/pulumi-random': bridgedPlugin('random'),
  'pulumi/pulumi-aws': bridgedPlugin('aws'),
  'etcd-io/etcd': etcd,
  'containerd/containerd': containerd,
  'opencontainers/runc': runc,
  'containernetworking/plugins': cniPlugins,
  'kubernetes-sigs/cri-tools': criTools,
  'google/go-containerregistry': containerRegistry,
  'rhysd/actionlint': actionlint,
};

/** A release on GitHub. */
export interface Release {
  readonly repository: string;
  readonly version: string;
  readonly tag: string;
  readonly assets: readonly Asset[];
}

/** The release of a repository at a tag; undefined where the publisher has none. Every `vX.Y.Z` counts as released. */
export function findRelease(repository: string, tag: string): Release | undefined {
  const version = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1];
  const assets = version === undefined ? undefined : repositories[repository]?.(version);
  return version === undefined || assets === undefined ? undefined : { repository, version, tag, assets };
}

/** What lies at get.pulumi.com below `/releases/`: the CLI's archives in `sdk`, those of plugins in `plugins`. */
export function findPulumiRelease(area: string, name: string): Release | undefined {
  if (area === 'sdk') {
    const version = /^pulumi-v?(\d+\.\d+\.\d+)-/.exec(name)?.[1];
    return version === undefined ? undefined : findRelease('pulumi/pulumi', `v${version}`);
  }
  const [, plugin, version] =
    /^pulumi-resource-([a-z]+)-v(\d+\.\d+\.\d+)-/.exec(name) ?? /^pulumi-([a-z]+)_(\d+\.\d+\.\d+)_/.exec(name) ?? [];
  return plugin && version ? findRelease(`pulumi/pulumi-${plugin}`, `v${version}`) : undefined;
}

const serverPrograms = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubeadm',
  'kubelet',
];

/** The files of one folder `/release/vV/bin/OS/ARCH/` at dl.k8s.io: for macOS, kubectl alone. */
export function kubernetesRelease(version: string, os: string, arch: string): readonly Asset[] {
  const platform = unix.find((each) => each.os === os && each.arch === arch);
  if (platform === undefined || !/^\d+\.\d+\.\d+$/.test(version)) return [];
  const names = ['kubectl', 'kubectl-convert', ...(platform.os === 'linux' ? serverPrograms : [])];
  return names.flatMap((program) => {
    const binary: Asset = { kind: 'program', name: program, ...platform, program };
    return [binary, list(`${program}.sha256`, 'lone-unterminated', [binary])];
  });
}
