import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Artifact } from '../../artifacts.ts';
import { writeTar } from '../../download/archive.ts';
import type { Build } from '../../plan/package.ts';
import { type GoBuild, goBuild, goPrefetch } from '../go.ts';

interface ArchiveRecipe {
  build: GoBuild;
  /** Folder inside the archive, with its slash, as the publisher has it. */
  prefix: string;
  expectedSeconds: number;
}

const recipes: Record<string, (version: string, arch: string) => ArchiveRecipe> = {
  etcd: (version, arch) => ({
    build: {
      require: {
        'go.etcd.io/etcd/server/v3': `v${version}`,
        'go.etcd.io/etcd/etcdctl/v3': `v${version}`,
        'go.etcd.io/etcd/etcdutl/v3': `v${version}`,
      },
      packages: {
        etcd: 'go.etcd.io/etcd/server/v3',
        etcdctl: 'go.etcd.io/etcd/etcdctl/v3',
        etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
      },
    },
    prefix: `etcd-v${version}-linux-${arch}/`,
    expectedSeconds: 45,
  }),
  containerd: (version) => ({
    build: {
      require: { 'github.com/containerd/containerd/v2': `v${version}` },
      packages: Object.fromEntries(
        ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => [
          name,
          `github.com/containerd/containerd/v2/cmd/${name}`,
        ]),
      ),
      tags: ['no_btrfs', 'no_devmapper'],
      ldflags: [`-X github.com/containerd/containerd/v2/version.Version=v${version}`],
    },
    prefix: 'bin/',
    expectedSeconds: 70,
  }),
  'cni-plugins': (version) => {
    const root = 'github.com/containernetworking/plugins';
    const folders = {
      main: ['bridge', 'host-device', 'ipvlan', 'loopback', 'macvlan', 'ptp', 'vlan'],
      ipam: ['dhcp', 'host-local', 'static'],
      meta: ['bandwidth', 'firewall', 'portmap', 'sbr', 'tuning', 'vrf'],
    };
    const packages: Record<string, string> = {};
    for (const [folder, names] of Object.entries(folders)) {
      for (const name of names) packages[name] = `${root}/plugins/${folder}/${name}`;
    }
    return {
      build: {
        require: { [root]: `v${version}` },
        packages,
        ldflags: [`-X ${root}/pkg/utils/buildversion.BuildVersion=v${version}`],
      },
      prefix: './',
      expectedSeconds: 12,
    };
  },
  crictl: (version) => ({
    build: {
      require: { 'sigs.k8s.io/cri-tools': `v${version}` },
      packages: { crictl: 'sigs.k8s.io/cri-tools/cmd/crictl' },
      ldflags: [`-X sigs.k8s.io/cri-tools/pkg/version.Version=v${version}`],
      // Asked now and then by a person; its dependencies take longer to optimise than it will ever save.
      unoptimised: true,
    },
    prefix: '',
    expectedSeconds: 30,
  }),
};

/** Go programs in a tar.gz with the publisher's names inside: etcd, containerd, the CNI plugins, crictl. */
export function archiveBuild(artifact: Artifact): Build {
  const { group, version, arch, url } = artifact;
  const make = recipes[group];
  if (!make) throw new Error(`no archive recipe for ${group}`);
  const { build, prefix, expectedSeconds } = make(version, arch);
  return {
    recipe: { build, prefix, arch, packaging: 1 },
    expectedSeconds,
    produce: async (context) => {
      const binaries = join(context.workDir, 'bin');
      await mkdir(binaries, { recursive: true });
      await goBuild(context, build, arch, binaries);
      const names = await readdir(binaries);
      const entries = names.map((name) => ({ name: `${prefix}${name}`, file: join(binaries, name) }));
      await writeTar(join(context.outDir, basename(url)), entries, { gzip: true });
    },
    prefetch: (context) => goPrefetch(context, build, arch),
  };
}
