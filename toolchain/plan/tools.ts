import { join } from 'node:path';
import { publishedArtifacts } from '../../artifacts/publishers.ts';
import type { Artifact } from '../artifacts.ts';
import { actionlintBuild } from '../build/recipes/actionlint.ts';
import { kubernetesBuild } from '../build/recipes/kubernetes.ts';
import { bridgedPlugin, commandPlugin, kubernetesPlugin } from '../build/recipes/plugins.ts';
import { craneBuild, pulumiBuild, pulumiPrograms } from '../build/recipes/pulumi.ts';
import { binDir } from '../cache/paths.ts';
import { type Arch, findOnPath, hostArch } from '../host.ts';
import { installedKubectl, installedPlugin, installedPulumi } from './installed.ts';
import type { Build, Package, PackageLink } from './package.ts';

/** Pinned versions of what runs on this machine. The plugins' are those of the SDKs in package.json. */
export const toolVersions = {
  // renovate: datasource=github-releases depName=pulumi/pulumi
  pulumi: '3.250.0',
  command: '1.2.1',
  tls: '5.6.1',
  random: '4.21.2',
  kubernetes: '4.34.2',
  aws: '7.48.0',
  // renovate: datasource=github-releases depName=google/go-containerregistry
  crane: '0.22.0',
  // renovate: datasource=github-releases depName=rhysd/actionlint
  actionlint: '1.7.12',
};

/** The plugins that the program always needs. */
export const pluginNames = ['tls', 'random', 'command', 'kubernetes'] as const;

/** The plugins that some stacks need: those of clouds. */
export type CloudPlugin = 'aws';

const github = 'https://github.com';

function binLinks(names: string[]): PackageLink[] {
  return names.map((name) => ({ path: join(binDir(), name), output: name, kind: 'symbolic' as const }));
}

function pulumiPart(arch: Arch): Package {
  const version = toolVersions.pulumi;
  return {
    id: 'pulumi',
    title: `pulumi ${version}`,
    outputs: pulumiPrograms,
    links: binLinks(pulumiPrograms),
    installed: installedPulumi,
    download: {
      kind: 'file',
      file: {
        url: `https://get.pulumi.com/releases/sdk/pulumi-v${version}-linux-${arch === 'amd64' ? 'x64' : 'arm64'}.tar.gz`,
        sha256: null,
        checksumUrl: `${github}/pulumi/pulumi/releases/download/v${version}/pulumi-${version}-checksums.txt`,
      },
      as: 'pulumi.tar.gz',
      members: Object.fromEntries(pulumiPrograms.map((name) => [name, `pulumi/${name}`])),
    },
    build: pulumiBuild(version),
  };
}

/** The way out where a plugin's publisher cannot be reached. */
function howToHave(name: string, version: string): string {
  return (
    `run it where get.pulumi.com answers, or bring the plugin here yourself: "pulumi plugin install resource ${name} ` +
    `${version}", with --file for an archive fetched elsewhere; HARDWAY_DOWNLOAD_BASE names a mirror of your own`
  );
}

function pluginPart(name: (typeof pluginNames)[number] | CloudPlugin, arch: Arch, build?: Build): Package {
  const version = toolVersions[name];
  const program = `pulumi-resource-${name}`;
  return {
    id: `plugin-${name}`,
    title: `${name} plugin ${version}`,
    outputs: [program],
    links: binLinks([program]),
    installed: async () => {
      const path = await installedPlugin(name, version);
      return path ? [path] : undefined;
    },
    download: {
      kind: 'file',
      file: {
        url: `https://get.pulumi.com/releases/plugins/${program}-v${version}-linux-${arch}.tar.gz`,
        sha256: null,
        checksumUrl: `${github}/pulumi/pulumi-${name}/releases/download/v${version}/pulumi-${name}_${version}_checksums.txt`,
      },
      as: `${program}.tar.gz`,
      members: { [program]: program },
    },
    foundUnlinked: true,
    ...(build ? { build } : { onlyDownloaded: howToHave(name, version) }),
  };
}

function kubectlPart(version: string, arch: Arch, lock: readonly Artifact[]): Package {
  const known = [...lock, ...publishedArtifacts('kubernetes', version, arch)];
  const artifact = known.find((entry) => entry.id === `kubernetes/kubectl@${version}/${arch}`);
  if (!artifact) throw new Error('the kubernetes group has no kubectl');
  return {
    id: `kubernetes-kubectl-${version}-${arch}`,
    title: `kubectl ${version}`,
    outputs: ['kubectl'],
    links: binLinks(['kubectl']),
    installed: async () => {
      const path = await installedKubectl(version);
      return path ? [path] : undefined;
    },
    download: { kind: 'file', file: artifact, as: 'kubectl' },
    build: kubernetesBuild(artifact),
  };
}

function cranePart(arch: Arch): Package {
  const version = toolVersions.crane;
  const release = `${github}/google/go-containerregistry/releases/download/v${version}`;
  return {
    id: 'crane',
    title: `crane ${version}`,
    outputs: ['crane'],
    links: binLinks(['crane']),
    installed: async () => {
      const path = await findOnPath('crane');
      return path ? [path] : undefined;
    },
    download: {
      kind: 'file',
      file: {
        url: `${release}/go-containerregistry_Linux_${arch === 'amd64' ? 'x86_64' : 'arm64'}.tar.gz`,
        sha256: null,
        checksumUrl: `${release}/checksums.txt`,
      },
      as: 'crane.tar.gz',
      members: { crane: 'crane' },
    },
    build: craneBuild(version),
  };
}

/**
 * What checks the workflows in `make test`. A part of its own: the tests need no engine, and an update needs no linter.
 * Never one that is installed, because what a linter finds depends on its version.
 */
export function actionlintPackage(arch: Arch): Package {
  const version = toolVersions.actionlint;
  const release = `${github}/rhysd/actionlint/releases/download/v${version}`;
  return {
    id: 'actionlint',
    title: `actionlint ${version}`,
    outputs: ['actionlint'],
    links: [],
    download: {
      kind: 'file',
      file: {
        url: `${release}/actionlint_${version}_linux_${arch}.tar.gz`,
        sha256: null,
        checksumUrl: `${release}/actionlint_${version}_checksums.txt`,
      },
      as: 'actionlint.tar.gz',
      members: { actionlint: 'actionlint' },
    },
    build: actionlintBuild(version),
  };
}

/**
 * Everything that runs on this machine, the engine first.
 * @param kubernetesVersion the cluster's version, which decides kubectl's
 * @param lock where kubectl's checksum may be pinned
 * @param clouds whose plugins are wanted too
 */
export async function toolPackages(
  kubernetesVersion: string,
  lock: readonly Artifact[],
  clouds: readonly CloudPlugin[] = [],
): Promise<Package[]> {
  const arch = hostArch();
  const builds = {
    tls: await bridgedPlugin('tls'),
    random: await bridgedPlugin('random'),
    command: await commandPlugin(),
    kubernetes: await kubernetesPlugin(),
  };
  const plugins = pluginNames.map((name) => pluginPart(name, arch, builds[name]));
  const ofClouds = clouds.map((name) => pluginPart(name, arch));
  return [pulumiPart(arch), cranePart(arch), ...plugins, ...ofClouds, kubectlPart(kubernetesVersion, arch, lock)];
}
