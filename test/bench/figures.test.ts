import { describe, expect, it } from '@jest/globals';
import { roundTrip, table, throughput } from '../../bench/figures.ts';
import { benchPods } from '../../bench/measure.ts';

describe('the figures of a link', () => {
  it('are read from what iperf3 and ping say', () => {
    expect(throughput('{"end":{"sum_received":{"bits_per_second":2500000000}}}')).toBe(2500);
    expect(roundTrip('200 packets transmitted\nrtt min/avg/max/mdev = 0.040/0.055/0.101/0.010 ms')).toBe(0.055);
  });

  it('are refused where there are none', () => {
    expect(() => throughput('{"error":"unable to connect"}')).toThrow('iperf3: unable to connect');
    expect(() => roundTrip('200 packets transmitted, 0 received')).toThrow('0 received');
  });

  it('are shown beside the machines, as ratios', () => {
    const machines = { mbits: 1000, roundTripMs: 0.1 };
    const lines = table({ bridge: { machines, pods: { mbits: 900, roundTripMs: 0.12 } } });
    expect(lines[1]).toMatch(/^machines \(bridge\) +1000 Mbit\/s +1\.00 +0\.100 ms +1\.00$/);
    expect(lines[2]).toMatch(/^pods by bridge +900 Mbit\/s +0\.90 +0\.120 ms +1\.20$/);
  });
});

describe('the pods of the link test', () => {
  it('stand on two nodes, on the pod network and on the machines', () => {
    const { items } = JSON.parse(benchPods(['one', 'two']));
    const pods = items
      .slice(1)
      .map((item: { metadata: { name: string }; spec: Record<string, unknown> }) => [
        item.metadata.name,
        item.spec.nodeName,
        item.spec.hostNetwork,
      ]);
    expect(pods).toEqual([
      ['pods-server', 'one', false],
      ['pods-client', 'two', false],
      ['machines-server', 'one', true],
      ['machines-client', 'two', true],
    ]);
  });
});
