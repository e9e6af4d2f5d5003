import { expect, it } from '@jest/globals';
import type { Lock } from '../../../artifacts/lock.ts';
import { imageReference } from '../../../components/machines/images.ts';
import type { ClusterConfig } from '../../../config/schema.ts';
import { lock, resolved } from '../../config/support.ts';

const digest = (digit: string) => digit.repeat(64);

/** The lock with digests of CoreDNS's manifests, one per architecture, and of pause's index. */
const pinned: Lock = {
  ...lock,
  artifacts: lock.artifacts.map((one) => {
    if (one.name === 'coredns') return { ...one, sha256: digest(one.arch === 'amd64' ? 'a' : 'b') };
    return one.name === 'pause' ? { ...one, sha256: digest('c') } : one;
  }),
};

const onHosts = (architectures: readonly string[]): ClusterConfig => {
  const config = resolved({});
  const [node] = config.machinesList.filter(({ isNode }) => isNode);
  return {
    ...config,
    machines: 'hosts',
    machinesList: architectures.map((architecture) => ({ ...node, architecture })),
  } as ClusterConfig;
};

it('images are pulled by a digest that is right for every node, and never in a lab', () => {
  const of = (config: ClusterConfig, from = pinned) => [
    imageReference(config, from, 'coredns'),
    imageReference(config, from, 'pause'),
  ];
  const [coredns, pause] = of(resolved({}));
  expect([coredns, pause].join()).not.toContain('@');
  expect(of(onHosts(['amd64', 'amd64']))).toEqual([
    `${coredns}@sha256:${digest('a')}`,
    `${pause}@sha256:${digest('c')}`,
  ]);
  expect(of(onHosts(['amd64', 'arm64']))).toEqual([coredns, `${pause}@sha256:${digest('c')}`]);
});

it('a mirror of ours serves images that were built here by tag, and the others by digest', () => {
  const built = (names: readonly string[]): Lock => ({
    ...pinned,
    artifacts: pinned.artifacts.map((one) =>
      names.includes(one.name) ? { ...one, published: one.sha256, sha256: digest('e'), source: 'build' } : one,
    ),
  });
  const config = { ...onHosts(['amd64']), imageMirror: 'http://192.0.2.1:5000' };
  expect(imageReference(config, built(['coredns']), 'coredns')).not.toContain('@');
  expect(imageReference(config, built(['coredns']), 'pause')).toContain(`@sha256:${digest('c')}`);
  expect(imageReference({ ...config, imageMirror: '' }, built(['coredns']), 'coredns')).toContain(digest('a'));
});

it('the sum of an image that was packed here is no digest', () => {
  const packed = {
    ...lock,
    artifacts: lock.artifacts.map((one) => ({
      ...one,
      sha256: digest('d'),
      source: 'build' as const,
      published: null,
    })),
  };
  expect(imageReference(onHosts(['amd64']), packed, 'pause')).not.toContain('@');
});
