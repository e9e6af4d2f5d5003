import { describe, expect, it } from '@jest/globals';
import { stagedArtifacts } from '../../../components/machines/staging.ts';
import { stagingBundle } from '../../../components/remote/bundle.ts';
import { lock } from '../../config/support.ts';

const sum = (digit: string) => digit.repeat(64);
const without = lock.artifacts.filter(({ kind }) => kind === 'file').map((one) => ({ ...one, sha256: null }));

describe('artifacts without a checksum', () => {
  it('can be previewed, the bundle for the machine included', async () => {
    const staged = stagedArtifacts(without, '', true);
    expect(staged.length).toBeGreaterThan(5);
    for (const { sha256 } of staged) expect(sha256).toMatch(/^known-once/);
    await expect(stagingBundle(staged)).resolves.toEqual(expect.any(String));
  });

  it('are not those of what was built here, unless a mirror of ours serves that', () => {
    const [built, listed] = [sum('b'), sum('c')];
    const one = lock.artifacts.find(({ name }) => name === 'kubelet');
    const artifacts = one ? [{ ...one, sha256: built, source: 'build' as const, published: listed }] : [];
    const sumsFrom = (mirror: string) => stagedArtifacts(artifacts, mirror, false).map(({ sha256 }) => sha256);
    expect([sumsFrom(''), sumsFrom('http://mirror')]).toEqual([[listed], [built]]);
    const unlisted = artifacts.map((artifact) => ({ ...artifact, published: null }));
    expect(() => stagedArtifacts(unlisted, '', false)).toThrow(/no checksum is known for/);
  });

  it('go nowhere', () => {
    expect(() => stagedArtifacts(without, '', false)).toThrow(/no checksum is known for .*make lock/s);
  });
});
