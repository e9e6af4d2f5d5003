import { describe, expect, it } from '@jest/globals';
import { listTitles } from '../../../toolchain/plan/package.ts';

describe('packages', () => {
  it('are listed by version', () => {
    expect(listTitles(['kubelet 1.36.4', 'etcd 3.7.3', 'kubectl 1.36.4', "the lab's machine image"])).toBe(
      "kubelet, kubectl 1.36.4; etcd 3.7.3; the lab's machine image",
    );
    expect(listTitles(['pause 3.10.1 image', 'weave-kube 2.9.0 image', 'weave-npc 2.9.0 image'])).toBe(
      'pause 3.10.1 image; weave-kube, weave-npc 2.9.0 image',
    );
  });
});
