import { describe, expect, it } from '@jest/globals';
import { connectionFaults } from '../../smoke/checks/weave.ts';
import { callers, policySteps, policyWorkload } from '../../smoke/policies.ts';

describe('what a peer says of its connections', () => {
  const said =
    '<- 10.93.0.101:60387     established sleeve 1a:78:a8:de:1e:ce(wrk02) mtu=1338\n-> 10.93.0.102:6783 retrying dial tcp: no route (wrk03)\n';

  it('is well where each other node is established', () => {
    expect(connectionFaults('wrk01', ['wrk02'], said)).toEqual([]);
    expect(connectionFaults('wrk01', [], '')).toEqual([]);
  });

  it('names those that are not', () => {
    expect(connectionFaults('wrk01', ['wrk02', 'wrk03', 'wrk04'], said)).toEqual([
      'wrk01 to wrk03: -> 10.93.0.102:6783 retrying dial tcp: no route (wrk03)',
      'wrk01 to wrk04: no connection',
    ]);
  });

  it('does not take one node for another whose name begins with it', () => {
    expect(connectionFaults('wrk01', ['wrk0'], said)).toEqual(['wrk01 to wrk0: no connection']);
  });
});

describe('the policy check', () => {
  it('begins with everyone let through, denies, and lets each kind through again', () => {
    const steps = policySteps('run');
    expect(steps.map(({ reaches }) => reaches)).toEqual([
      callers,
      [],
      ['friend'],
      ['friend', 'neighbour'],
      ['neighbour'],
      ['friend', 'neighbour'],
    ]);
    expect(steps[0]?.manifest).toBeUndefined();
  });

  it('lives in namespaces of the run', () => {
    const { items } = JSON.parse(policyWorkload('run'));
    expect(items.slice(0, 2).map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual([
      'run-home',
      'run-next',
    ]);
  });
});
