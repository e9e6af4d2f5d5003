import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostArch, hostOs } from '../../host.ts';
import type { Build } from '../../plan/package.ts';
import { type GoBuild, goBuild, goPrefetch } from '../go.ts';

/** The last release in which the Node.js language host is part of the sdk module. */
const hostVersion = '3.68.0';

/** Programs of the engine that are taken from its archive or built. */
export const pulumiPrograms = ['pulumi', 'pulumi-language-nodejs'];

/**
 * The old host reads its options from the command line, where today's engine no longer puts them. Node runs
 * TypeScript by itself, so the host must not start a compiler.
 */
const launcher = `#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/pulumi-language-nodejs-${hostVersion}" -typescript=false "$@"
`;

/** The Pulumi engine with its Node.js language host. */
export function pulumiBuild(version: string): Build {
  const cli: GoBuild = {
    require: { 'github.com/pulumi/pulumi/pkg/v3': `v${version}` },
    packages: { pulumi: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi' },
    ldflags: [`-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`],
  };
  const sdk = 'github.com/pulumi/pulumi/sdk/v3';
  const host: GoBuild = {
    require: { [sdk]: `v${hostVersion}` },
    packages: { [`pulumi-language-nodejs-${hostVersion}`]: `${sdk}/nodejs/cmd/pulumi-language-nodejs` },
    ldflags: [`-X ${sdk}/go/common/version.Version=v${hostVersion}`],
  };
  return {
    recipe: { cli, host, launcher },
    expectedSeconds: 150,
    produce: async (context) => {
      await goBuild(context, cli, hostArch(), context.outDir, hostOs());
      await goBuild(context, host, hostArch(), context.outDir, hostOs());
      const wrapper = join(context.outDir, 'pulumi-language-nodejs');
      await writeFile(wrapper, launcher);
      await chmod(wrapper, 0o755);
    },
    prefetch: (context) => goPrefetch(context, cli, hostArch()),
  };
}

const craneRoot = 'github.com/google/go-containerregistry';

/** crane: pulls, pushes and lists images without an engine. */
export function craneBuild(version: string): Build {
  const build: GoBuild = {
    require: { [craneRoot]: `v${version}` },
    packages: { crane: `${craneRoot}/cmd/crane` },
    ldflags: [`-X ${craneRoot}/cmd/crane/cmd.Version=${version}`],
  };
  return {
    recipe: { build },
    expectedSeconds: 10,
    produce: (context) => goBuild(context, build, hostArch(), context.outDir, hostOs()),
    prefetch: (context) => goPrefetch(context, build, hostArch()),
  };
}
