import { join } from 'node:path';
import type { Lock } from '../../artifacts/lock.ts';
import { publishedArtifacts } from '../../artifacts/publishers.ts';
import {
  actionlintFile,
  craneFile,
  kubectlFile,
  type Platform,
  pluginFile,
  pulumiFile,
  type ToolFile,
  toolVersions,
} from '../../artifacts/tools.ts';
import { actionlintBuild } from '../build/recipes/actionlint.ts';
import { kubernetesBuild } from '../build/recipes/kubernetes.ts';
import { bridgedPlugin, commandPlugin, kubernetesPlugin } from '../build/recipes/plugins.ts';
import { craneBuild, pulumiBuild, pulumiPrograms } from '../build/recipes/pulumi.ts';
import { shellcheckBuild } from '../build/recipes/shellcheck.ts';
import { binDir } from '../cache/paths.ts';
import type { RemoteFile } from '../download/sums.ts';
import { findOnPath, hostArch, hostOs } from '../host.ts';
import { installedKubectl, installedPlugin, installedPulumi } from './installed.ts';
import type { Build, Package, PackageLink } from './package.ts';

/** The plugins that the program always needs. */
export const pluginNames = ['tls', 'random', 'command', 'kubernetes'] as const;

/** The plugins that some stacks need: those of clouds. */
export { toolVersions } from '../../artifacts/tools.ts';
export type CloudPlugin = 'aws';

/** Where this computer's tools come from: what it is, and the sums that the lock pins. */
interface ToolContext extends Platform {
  readonly lock: Lock;
}

/** A tool's file with the sum that the lock pins for it. */
function pinned({ lock }: ToolContext, file: ToolFile): RemoteFile {
  const { url, checksumUrl, alternatives } = file;
  const sha256 = lock.tools.find((tool) => tool.id === file.id && tool.url === url)?.sha256 ?? null;
  return { url, sha256, checksumUrl, ...(alternatives ? { alternatives } : {}) };
}

/** What is built here is built for this computer, and recipes are for Linux. */
const buildFor = ({ os }: Platform, build: Build): { build?: Build } => (os === 'linux' ? { build } : {});

function binLinks(names: string[]): PackageLink[] {
  return names.map((name) => ({ path: join(binDir(), name), output: name, kind: 'symbolic' as const }));
}

function pulumiPart(context: ToolContext): Package {
  const version = toolVersions.pulumi;
  return {
    id: 'pulumi',
    title: `pulumi ${version}`,
    outputs: pulumiPrograms,
    links: binLinks(pulumiPrograms),
    installed: installedPulumi,
    download: {
      kind: 'file',
      file: pinned(context, pulumiFile(context)),
      as: 'pulumi.tar.gz',
      members: Object.fromEntries(pulumiPrograms.map((name) => [name, `pulumi/${name}`])),
    },
    ...buildFor(context, pulumiBuild(version)),
  };
}

/** What to do where a plugin's publisher cannot be reached. */
function howToHave(name: string, version: string): string {
  return (
    `run it where github.com or get.pulumi.com answers, or bring the plugin here yourself: "pulumi plugin install ` +
    `resource ${name} ${version}", with --file for an archive fetched elsewhere; HARDWAY_DOWNLOAD_BASE names a mirror of your own`
  );
}

function pluginPart(name: (typeof pluginNames)[number] | CloudPlugin, context: ToolContext, build?: Build): Package {
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
      file: pinned(context, pluginFile(name, context)),
      as: `${program}.tar.gz`,
      members: { [program]: program },
    },
    ...(build ? buildFor(context, build) : { onlyDownloaded: howToHave(name, version) }),
  };
}

function kubectlPart(version: string, context: ToolContext): Package {
  const { lock, os, arch } = context;
  const known = [...lock.artifacts, ...publishedArtifacts('kubernetes', version, arch)];
  const artifact = known.find((entry) => entry.id === `kubernetes/kubectl@${version}/${arch}`);
  if (!artifact) throw new Error('the kubernetes group has no kubectl');
  return {
    id: `kubernetes-kubectl-${version}-${os === 'linux' ? arch : `${os}-${arch}`}`,
    title: `kubectl ${version}`,
    outputs: ['kubectl'],
    links: binLinks(['kubectl']),
    installed: async () => {
      const path = await installedKubectl(version);
      return path ? [path] : undefined;
    },
    // On Linux the very file that machines install.
    download: {
      kind: 'file',
      file: os === 'linux' ? artifact : pinned(context, kubectlFile(version, context)),
      as: 'kubectl',
    },
    ...buildFor(context, kubernetesBuild(artifact)),
  };
}

function cranePart(context: ToolContext): Package {
  const version = toolVersions.crane;
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
      file: pinned(context, craneFile(context)),
      as: 'crane.tar.gz',
      members: { crane: 'crane' },
    },
    ...buildFor(context, craneBuild(version)),
  };
}

/**
 * What checks the workflows in `make test`. A part of its own: the tests need no engine, and an update needs no linter.
 * Never one that is installed, because what a linter finds depends on its version.
 */
export function actionlintPackage(lock: Lock, platform: Platform = hostPlatform()): Package {
  const context = { ...platform, lock };
  const version = toolVersions.actionlint;
  return {
    id: 'actionlint',
    title: `actionlint ${version}`,
    outputs: ['actionlint'],
    links: [],
    download: {
      kind: 'file',
      file: pinned(context, actionlintFile(context)),
      as: 'actionlint.tar.gz',
      members: { actionlint: 'actionlint' },
    },
    ...buildFor(context, actionlintBuild(version)),
  };
}

/** This computer's operating system and architecture. */
const hostPlatform = (): Platform => ({ os: hostOs(), arch: hostArch() });

/** What checks the shell files in `make test`, for the same reasons a package of its own and never an installed one. */
export function shellcheckPackage(arch = hostArch()): Package {
  const version = toolVersions.shellcheck;
  return {
    id: 'shellcheck',
    title: `shellcheck ${version}`,
    outputs: ['shellcheck'],
    links: [],
    build: shellcheckBuild(version, arch),
  };
}

/**
 * Everything that runs on this machine, the engine first.
 *
 * @param kubernetesVersion - the cluster's version, which decides kubectl's
 * @param lock - where sums are pinned
 * @param clouds - whose plugins are wanted too
 * @param platform - the computer's, by default this one's
 */
export async function toolPackages(
  kubernetesVersion: string,
  lock: Lock,
  clouds: readonly CloudPlugin[] = [],
  platform: Platform = hostPlatform(),
): Promise<Package[]> {
  const context = { ...platform, lock };
  const builds = {
    tls: await bridgedPlugin('tls'),
    random: await bridgedPlugin('random'),
    command: await commandPlugin(),
    kubernetes: await kubernetesPlugin(),
  };
  const plugins = pluginNames.map((name) => pluginPart(name, context, builds[name]));
  const ofClouds = clouds.map((name) => pluginPart(name, context));
  return [pulumiPart(context), cranePart(context), ...plugins, ...ofClouds, kubectlPart(kubernetesVersion, context)];
}
