import { describe, expect, it } from '@jest/globals';
import { stagedArtifacts } from '../../../components/machines/staging.ts';
import { stagingBundle } from '../../../components/remote/bundle.ts';
import { lock } from '../../config/support.ts';

const without = lock.artifacts.filter(({ kind }) => kind === 'file').map((one) => ({ ...one, sha256: null }));

describe('artifacts without a checksum', () => {
  it('can be previewed, the bundle for the machine included', async () => {
    const staged = stagedArtifacts(without, '', true);
    expect(staged.length).toBeGreaterThan(5);
    for (const { sha256 } of staged) expect(sha256).toMatch(/^known-once/);
    await expect(stagingBundle(staged)).resolves.toEqual(expect.any(String));
  });

  it('go nowhere', () => {
    expect(() => stagedArtifacts(without, '', false)).toThrow('the artifact lock has no checksum of');
  });
});
