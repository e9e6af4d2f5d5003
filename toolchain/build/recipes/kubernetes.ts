import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../../artifacts.ts';
import type { Build, BuildContext } from '../../plan/package.ts';
import { type GoBuild, goBuild, goModuleDir, goPrefetch } from '../go.ts';

const root = 'k8s.io/kubernetes';

/** Seconds on two cores, in the order of the lock: the first ones compile what the later ones share. */
const expected: Record<string, number> = {
  kubelet: 110,
  'kube-proxy': 10,
  kubectl: 60,
  'kube-scheduler': 10,
  'kube-controller-manager': 90,
  'kube-apiserver': 15,
};

/** `1.36.4` is released with every staging module as `v0.36.4`. */
export function stagingVersion(version: string): string {
  const [, minor, patch] = version.split('.');
  return `v0.${minor}.${patch}`;
}

/** The modules that a Kubernetes go.mod takes from its own staging folder. */
export function stagingModules(goMod: string): string[] {
  return [...goMod.matchAll(/^\s*(k8s\.io\/\S+) => \.\/staging\//gm)].map((match) => match[1] ?? '');
}

/** Linker flags that put the version where `--version` and client-go read it. */
export function versionFlags(version: string): string[] {
  const [major, minor] = version.split('.');
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
    `-X ${path}.gitVersion=v${version}`,
    `-X ${path}.gitMajor=${major}`,
    `-X ${path}.gitMinor=${minor}`,
    `-X ${path}.gitTreeState=clean`,
  ]);
}

async function withStaging(context: BuildContext, build: GoBuild, version: string): Promise<GoBuild> {
  const dir = await goModuleDir(context, root, `v${version}`);
  const modules = stagingModules(await readFile(join(dir, 'go.mod'), 'utf8'));
  const replace = Object.fromEntries(modules.map((path) => [path, `${path} ${stagingVersion(version)}`]));
  return { ...build, replace };
}

/** One Kubernetes binary from the module `k8s.io/kubernetes` and its published staging modules. */
export function kubernetesBuild(artifact: Artifact): Build {
  const { name, version, arch } = artifact;
  const build: GoBuild = {
    require: { [root]: `v${version}` },
    packages: { [name]: `${root}/cmd/${name}` },
    ldflags: versionFlags(version),
  };
  return {
    recipe: { build, arch, staging: stagingVersion(version) },
    expectedSeconds: expected[name] ?? 60,
    produce: async (context) => {
      await goBuild(context, await withStaging(context, build, version), arch, context.outDir);
    },
    prefetch: async (context) => {
      await goPrefetch(context, await withStaging(context, build, version), arch);
    },
  };
}
