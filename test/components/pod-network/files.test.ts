import { describe, expect, it } from '@jest/globals';
import { podNetworkFiles } from '../../../components/pod-network/files.ts';
import { expectGoldens, planTexts } from '../../lib/format/golden.ts';
import { podNetworkArgs } from '../../lib/format/samples.ts';

const CONFLIST = '/etc/cni/net.d/10-hardway-bridge.conflist';

describe('podNetworkFiles', () => {
  it('renders what test/golden/pod-network shows', () => {
    expectGoldens('pod-network', planTexts(podNetworkFiles(podNetworkArgs)));
  });

  it('gives a machine without pods routes alone', () => {
    expectGoldens('pod-network.controller', planTexts(podNetworkFiles({ ...podNetworkArgs, podCidr: undefined })));
  });

  it("hands out addresses of the node's own range, and leaves translation to the routes unit", () => {
    const bridge = JSON.parse(podNetworkFiles(podNetworkArgs).files[CONFLIST]?.content ?? '').plugins[0];
    expect(bridge.ipam.ranges).toEqual([[{ subnet: '10.200.0.0/24' }]]);
    expect(bridge.ipMasq).toBe(false);
  });

  it('gives machines whose network routes pods no routes, and translation all the same', () => {
    const script = podNetworkFiles({ ...podNetworkArgs, routes: [] }).files['/usr/local/sbin/hardway-routes']?.content;
    expect(script).toContain("wanted=''\npods_here=10.200.0.0/24\n");
  });

  it('refuses a route to its own pods', () => {
    const routes = [{ name: 'wrk09', address: '10.89.0.29', podCidr: '10.200.0.0/24' }];
    expect(() => podNetworkFiles({ ...podNetworkArgs, routes })).toThrow(
      "pod range 10.200.0.0/24 of wrk09 is this machine's own",
    );
  });
});
