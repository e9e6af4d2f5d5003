import type { Arch, Os } from '../toolchain/host.ts';
import { lockedVersions } from './publishers.ts';

/** Pinned versions of what runs on this computer. The plugins' are those of the SDKs in package.json. */
export const toolVersions = {
  // renovate: datasource=github-releases depName=pulumi/pulumi
  pulumi: '3.250.0',
  command: '1.2.1',
  tls: '5.6.1',
  random: '4.21.2',
  kubernetes: '4.34.2',
  aws: '7.48.0',
  // renovate: datasource=github-releases depName=google/go-containerregistry
  crane: '0.22.1',
  // renovate: datasource=github-releases depName=rhysd/actionlint
  actionlint: '1.7.12',
};

/** Plugins of the Pulumi engine. */
export const toolPlugins = ['command', 'tls', 'random', 'kubernetes', 'aws'] as const;

/** An operating system and an architecture that tools run on. */
export interface Platform {
  readonly os: Os;
  readonly arch: Arch;
}

/** The computers that tools are published for. */
export const toolPlatforms: readonly Platform[] = [
  { os: 'linux', arch: 'amd64' },
  { os: 'linux', arch: 'arm64' },
  { os: 'darwin', arch: 'amd64' },
  { os: 'darwin', arch: 'arm64' },
];

/** One file that runs on this computer, as its publisher has it. */
export interface ToolFile extends Platform {
  /** E.g. `plugin-tls@5.6.1/linux-amd64`. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly checksumUrl: string;
  /** Where else the publisher has the same bytes. */
  readonly alternatives?: readonly { readonly url: string; readonly checksumUrl?: string }[];
}

const github = 'https://github.com';
const pulumiHost = 'https://get.pulumi.com/releases';

type Address = Pick<ToolFile, 'url' | 'checksumUrl' | 'alternatives'>;

function pulumiAddress(version: string, { os, arch }: Platform): Address {
  const release = `${github}/pulumi/pulumi/releases/download/v${version}`;
  const file = `pulumi-v${version}-${os}-${arch === 'amd64' ? 'x64' : 'arm64'}.tar.gz`;
  const list = `pulumi-${version}-checksums.txt`;
  return {
    url: `${release}/${file}`,
    checksumUrl: `${release}/${list}`,
    alternatives: [{ url: `${pulumiHost}/sdk/${file}`, checksumUrl: `${pulumiHost}/sdk/${list}` }],
  };
}

function pluginAddress(name: string, version: string, { os, arch }: Platform): Address {
  const release = `${github}/pulumi/pulumi-${name}/releases/download/v${version}`;
  const file = `pulumi-resource-${name}-v${version}-${os}-${arch}.tar.gz`;
  return {
    url: `${release}/${file}`,
    checksumUrl: `${release}/pulumi-${name}_${version}_checksums.txt`,
    alternatives: [{ url: `${pulumiHost}/plugins/${file}` }],
  };
}

function craneAddress(version: string, { os, arch }: Platform): Address {
  const release = `${github}/google/go-containerregistry/releases/download/v${version}`;
  const platform = `${os === 'linux' ? 'Linux' : 'Darwin'}_${arch === 'amd64' ? 'x86_64' : 'arm64'}`;
  return { url: `${release}/go-containerregistry_${platform}.tar.gz`, checksumUrl: `${release}/checksums.txt` };
}

function actionlintAddress(version: string, { os, arch }: Platform): Address {
  const release = `${github}/rhysd/actionlint/releases/download/v${version}`;
  return {
    url: `${release}/actionlint_${version}_${os}_${arch}.tar.gz`,
    checksumUrl: `${release}/actionlint_${version}_checksums.txt`,
  };
}

function kubectlAddress(version: string, { os, arch }: Platform): Address {
  const url = `https://dl.k8s.io/release/v${version}/bin/${os}/${arch}/kubectl`;
  return { url, checksumUrl: `${url}.sha256` };
}

function toolFile(name: string, version: string, platform: Platform, address: Address): ToolFile {
  const id = `${name}@${version}/${platform.os}-${platform.arch}`;
  return { id, name, version, os: platform.os, arch: platform.arch, ...address };
}

/** The archive of the Pulumi engine. */
export const pulumiFile = (platform: Platform): ToolFile =>
  toolFile('pulumi', toolVersions.pulumi, platform, pulumiAddress(toolVersions.pulumi, platform));

/** The archive of one of Pulumi's plugins. */
export const pluginFile = (name: (typeof toolPlugins)[number], platform: Platform): ToolFile =>
  toolFile(`plugin-${name}`, toolVersions[name], platform, pluginAddress(name, toolVersions[name], platform));

/** The archive of crane, which pulls and pushes images. */
export const craneFile = (platform: Platform): ToolFile =>
  toolFile('crane', toolVersions.crane, platform, craneAddress(toolVersions.crane, platform));

/** The archive of actionlint, which checks workflows. */
export const actionlintFile = (platform: Platform): ToolFile =>
  toolFile('actionlint', toolVersions.actionlint, platform, actionlintAddress(toolVersions.actionlint, platform));

/** kubectl for this computer. Linux's is among the artifacts too: machines install the same file. */
export const kubectlFile = (version: string, platform: Platform): ToolFile =>
  toolFile('kubectl', version, platform, kubectlAddress(version, platform));

/** Every file that the lock lists for tools. */
export function publishedTools(): ToolFile[] {
  const darwin = toolPlatforms.filter(({ os }) => os === 'darwin');
  return [
    ...toolPlatforms.map(pulumiFile),
    ...toolPlugins.flatMap((name) => toolPlatforms.map((platform) => pluginFile(name, platform))),
    ...toolPlatforms.map(craneFile),
    ...toolPlatforms.map(actionlintFile),
    ...(lockedVersions.kubernetes ?? []).flatMap((version) => darwin.map((platform) => kubectlFile(version, platform))),
  ];
}
