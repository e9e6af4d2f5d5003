import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Artifact } from '../../artifacts.ts';
import { suite } from '../../debian/apt.ts';
import type { Build } from '../../plan/package.ts';
import { type GoBuild, goBuild, goPrefetch } from '../go.ts';
import { ensureCompiler } from '../native.ts';

/** runc, linked statically like the publisher's, so that machines need no libseccomp. */
export function runcBuild(artifact: Artifact): Build {
  const { version, arch, url } = artifact;
  const build: GoBuild = {
    require: { 'github.com/opencontainers/runc': `v${version}` },
    packages: { runc: 'github.com/opencontainers/runc' },
    tags: ['seccomp', 'netgo', 'osusergo'],
    ldflags: [`-X main.gitCommit=v${version}`, '-linkmode external', "-extldflags '-static'"],
    cgo: true,
  };
  return {
    recipe: { build, arch, suite },
    expectedSeconds: 20,
    produce: async (context) => {
      const { env } = await ensureCompiler(context, `runc ${version}`, arch, ['libseccomp-dev']);
      const run: typeof context.run = (command, args, options) =>
        context.run(command, args, { ...options, env: { ...options?.env, ...env } });
      await goBuild({ ...context, run }, build, arch, context.workDir);
      await rename(join(context.workDir, 'runc'), join(context.outDir, basename(url)));
    },
    prefetch: (context) => goPrefetch(context, build, arch),
  };
}
