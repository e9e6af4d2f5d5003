import { describe, expect, it } from '@jest/globals';
import { readLock } from '../../../toolchain/artifacts.ts';
import { actionlintPart, toolParts, toolVersions } from '../../../toolchain/plan/tools.ts';

describe('actionlint', () => {
  const part = actionlintPart('arm64');

  it('is no tool of an update: what brings a cluster up takes no linter', async () => {
    const ids = (await toolParts('1.36.4', await readLock())).map(({ id }) => id);
    expect(ids).toContain('pulumi');
    expect(ids).not.toContain(part.id);
  });

  it('comes in the pinned version from either source, and never from the machine', () => {
    const version = toolVersions.actionlint;
    expect(part.installed).toBeUndefined();
    expect(JSON.stringify(part.build?.recipe)).toContain(`"github.com/rhysd/actionlint":"v${version}"`);
    expect(JSON.stringify(part.download)).toContain(`/v${version}/actionlint_${version}_linux_arm64.tar.gz`);
  });
});
