import { describe, expect, it } from '@jest/globals';
import { corefile } from '../../../components/addons/coredns-config.ts';
import { expectGoldens } from '../../lib/format/golden.ts';

const clusterDomain = 'cluster.local';

describe('corefile', () => {
  it('renders what test/golden/coredns shows', () => {
    expectGoldens('coredns', {
      'Corefile.no-upstream': corefile({ clusterDomain, upstreamNameservers: [] }),
      'Corefile.upstream': corefile({ clusterDomain, upstreamNameservers: ['192.0.2.53', '192.0.2.54'] }),
      'Corefile.host': corefile({ clusterDomain, upstreamNameservers: 'host' }),
    });
  });

  it('forwards to nobody when there is nobody, so that no loop can occur', () => {
    const text = corefile({ clusterDomain, upstreamNameservers: [] });
    expect(text).not.toMatch(/forward|resolv\.conf/);
    expect(text).toContain('rcode NXDOMAIN');
  });

  it('keeps the answer for outside names out of the block of the cluster, where it would come first', () => {
    const [cluster] = corefile({ clusterDomain, upstreamNameservers: [] }).split('\n\n');
    expect(cluster).toContain('kubernetes cluster.local');
    expect(cluster).not.toContain('template');
  });
});
