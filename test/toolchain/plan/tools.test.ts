import { describe, expect, it } from '@jest/globals';
import { readLock } from '../../../toolchain/artifacts.ts';
import { actionlintPackage, toolPackages, toolVersions } from '../../../toolchain/plan/tools.ts';

describe('actionlint', () => {
  const pkg = actionlintPackage('arm64');

  it('is no tool of an update: what brings a cluster up takes no linter', async () => {
    const ids = (await toolPackages('1.36.4', await readLock())).map(({ id }) => id);
    expect(ids).toContain('pulumi');
    expect(ids).not.toContain(pkg.id);
  });

  it('comes in the pinned version from either source, and never from the machine', () => {
    const version = toolVersions.actionlint;
    expect(pkg.installed).toBeUndefined();
    expect(JSON.stringify(pkg.build?.recipe)).toContain(`"github.com/rhysd/actionlint":"v${version}"`);
    expect(JSON.stringify(pkg.download)).toContain(`/v${version}/actionlint_${version}_linux_arm64.tar.gz`);
  });
});
