import { hostArch, hostOs } from '../../host.ts';
import type { Build } from '../../plan/package.ts';
import { type GoBuild, goBuild, goPrefetch } from '../go.ts';

const root = 'github.com/rhysd/actionlint';

/** actionlint: checks GitHub workflows, their expressions and the inputs of well-known actions, without a network. */
export function actionlintBuild(version: string): Build {
  const build: GoBuild = {
    require: { [root]: `v${version}` },
    packages: { actionlint: `${root}/cmd/actionlint` },
    ldflags: [`-X ${root}.version=${version}`],
    unoptimised: true,
  };
  return {
    recipe: { build },
    expectedSeconds: 10,
    produce: (context) => goBuild(context, build, hostArch(), context.outDir, hostOs()),
    prefetch: (context) => goPrefetch(context, build, hostArch()),
  };
}
