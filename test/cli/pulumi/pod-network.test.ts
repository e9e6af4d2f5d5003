import { describe, expect, it } from '@jest/globals';
import { readPodNetwork } from '../../../cli/pulumi/pod-network.ts';
import { changedNetwork } from '../../../lib/format/network-mark.ts';

describe('the pod network that a stack stands with', () => {
  it('is read from its outputs', () => {
    expect(readPodNetwork({ podNetwork: { name: 'weave', enforcesPolicies: true } })).toBe('weave');
  });

  it.each([{}, { podNetwork: null }, { podNetwork: 'weave' }, { podNetwork: { name: 3 } }])(
    'is unknown in %j',
    (outputs) => {
      expect(readPodNetwork(outputs)).toBeUndefined();
    },
  );

  it('cannot be changed, and the message says how to migrate', () => {
    const message = changedNetwork('bridge', 'weave');
    expect(message).toContain('hardway:cni is "weave", and the cluster runs on "bridge"');
    expect(message).toMatch(/make down, make up.*second stack/s);
  });
});
