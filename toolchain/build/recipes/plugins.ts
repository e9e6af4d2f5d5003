import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostArch } from '../../host.ts';
import type { Build, BuildContext } from '../../plan/package.ts';
import { goEnv, goModuleDir } from '../go.ts';
import { buildPlugin, copySource, goSource, sourceHash } from './source.ts';

/** The provider module that the kubernetes plugin is built from, and the release that it is. */
const kubernetes = {
  module: 'github.com/pulumi/pulumi-kubernetes/provider/v4',
  pin: 'v4.0.0-20240930223531-b7dae6b4ea56',
  release: '4.18.1',
};

async function prefetchPackages(context: BuildContext, cwd: string, packages: string[]): Promise<void> {
  await context.run('go', ['list', '-deps', ...packages], { cwd, env: goEnv(hostArch()) });
}

/** The tls or random plugin: HashiCorp's provider behind Pulumi's bridge. */
export async function bridgedPlugin(name: 'tls' | 'random'): Promise<Build> {
  return {
    recipe: { name, sources: await sourceHash(goSource('bridged')) },
    expectedSeconds: name === 'tls' ? 100 : 15,
    note: "HashiCorp's provider behind Pulumi's bridge",
    produce: async (context) => {
      const cwd = await copySource(context, 'bridged');
      const generator = join(context.workDir, 'schema');
      await buildPlugin(context, cwd, generator, './cmd/schema', hostArch());
      const main = `cmd/pulumi-resource-${name}`;
      const generated = join(context.workDir, 'generated');
      const flags = ['schema', '--out', generated, '--skip-docs', '--skip-examples'];
      await context.run(generator, [name, ...flags], { cwd });
      for (const file of ['schema.json', 'bridge-metadata.json'])
        await copyFile(join(generated, file), join(cwd, main, file));
      await buildPlugin(context, cwd, join(context.outDir, `pulumi-resource-${name}`), `./${main}`, hostArch());
    },
    prefetch: async (context) => {
      await prefetchPackages(context, await copySource(context, 'bridged'), ['./cmd/schema']);
    },
  };
}

async function kubernetesSource(context: BuildContext): Promise<string> {
  const cwd = await copySource(context, 'kubernetes');
  const module = await goModuleDir(context, kubernetes.module, kubernetes.pin);
  for (const file of ['schema.json', 'terraform-mapping.json']) {
    await copyFile(join(module, 'cmd', 'pulumi-resource-kubernetes', file), join(cwd, file));
  }
  return cwd;
}

/** The kubernetes plugin, from its publisher's module. */
export async function kubernetesPlugin(): Promise<Build> {
  return {
    recipe: { ...kubernetes, sources: await sourceHash(goSource('kubernetes')) },
    expectedSeconds: 200,
    note: `the source of release ${kubernetes.release}, the last that is in the module registry`,
    produce: async (context) => {
      const cwd = await kubernetesSource(context);
      await buildPlugin(context, cwd, join(context.outDir, 'pulumi-resource-kubernetes'), '.', hostArch(), [
        `-X main.version=${kubernetes.release}`,
        `-X ${kubernetes.module}/pkg/version.Version=${kubernetes.release}`,
      ]);
    },
    prefetch: async (context) => prefetchPackages(context, await kubernetesSource(context), ['.']),
  };
}

/** The command plugin: our own program, since its publisher's module is not in any registry. */
export async function commandPlugin(): Promise<Build> {
  return {
    recipe: { sources: await sourceHash(goSource('command')) },
    expectedSeconds: 30,
    note: 'our own program, with the resources that hardway uses',
    produce: async (context) => {
      const cwd = await copySource(context, 'command');
      await buildPlugin(context, cwd, join(context.outDir, 'pulumi-resource-command'), '.', hostArch());
    },
    prefetch: async (context) => prefetchPackages(context, await copySource(context, 'command'), ['.']),
  };
}
