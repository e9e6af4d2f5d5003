import { describe, expect, it } from '@jest/globals';
import { Steps } from '../../../cli/output/steps.ts';
import { summary } from '../../../cli/output/summary.ts';
import { duration, fileTime, Stopwatch } from '../../../cli/output/time.ts';
import { hasPending } from '../../../cli/pulumi/pending.ts';

const outputs = {
  clusterName: 'hardway',
  endpoint: 'https://10.0.0.10:6443',
  kubeconfig: 'SECRET',
  nodes: [{ name: 'w1', roles: ['worker'], address: '10.0.0.100' }],
  machines: [
    { name: 'c1', roles: ['etcd', 'controller'], address: '10.0.0.20' },
    { name: 'w1', roles: ['worker'], address: '10.0.0.100' },
  ],
};
const health = { problems: [], well: ['API ready', '1 node Ready'] };
const input = { stack: 'dev', outputs, kubeconfig: 'kubeconfig', times: 'update 4.0 s; 4.0 s in all', health };

describe('summary', () => {
  it('is one line when nothing changed, and one of what was verified', () => {
    expect(summary({ ...input, changes: { same: 40 } })).toBe(
      'verified: API ready, 1 node Ready\nstack dev: no changes (40 resources, update 4.0 s; 4.0 s in all)',
    );
  });

  it('does not say "no changes" of a cluster that does not answer', () => {
    const problem = { subject: 'w1', seen: 'is not Ready: no word', fix: 'On w1: "journalctl -u kubelet -n 50".' };
    const sick = { ...input, health: { problems: [problem], well: ['API ready'] } };
    expect(summary({ ...sick, changes: { same: 40 } })).toBe(
      'stack dev: the configuration has nothing to change (40 resources), and the cluster is not healthy: 1 problem\n' +
        '  w1 is not Ready: no word\n    Fix: On w1: "journalctl -u kubelet -n 50".\n' +
        'took: update 4.0 s; 4.0 s in all',
    );
    expect(summary({ ...sick, changes: { update: 2 } })).toContain(
      'stack dev: 2 updated, and the cluster is not healthy',
    );
  });

  it('says what there is and how to reach it, and no secret', () => {
    const text = summary({ ...input, changes: { create: 40 } });
    expect(text).toContain('cluster hardway at https://10.0.0.10:6443');
    expect(text).toContain('  c1  10.0.0.20  etcd, controller\n  w1  10.0.0.100  worker, node');
    expect(text).toContain('test it:    make smoke\n');
    expect(text).not.toContain('SECRET');
  });

  it('says in every run, changes or none, that NetworkPolicies are not enforced', () => {
    const bridge = { ...outputs, podNetwork: { name: 'bridge', enforcesPolicies: false } };
    const both: Record<string, number>[] = [{ create: 40 }, { same: 40 }];
    for (const changes of both) {
      const lines = summary({ ...input, outputs: bridge, changes }).split('\n');
      expect(lines[0]).toMatch(/^warning: NetworkPolicies are accepted and not enforced/);
      expect(lines[2]).toMatch(/^stack dev: /);
    }
  });

  it('names the stack in what to type next when it is not dev', () => {
    expect(summary({ ...input, stack: 'two', changes: { create: 1 } })).toContain('remove it:  make down STACK=two\n');
  });

  it('says how to confirm taking down what is not a lab', () => {
    const hosts = { ...outputs, machineSource: 'hosts' };
    expect(summary({ ...input, stack: 'two', outputs: hosts, changes: { create: 1 } })).toContain(
      'remove it:  make down STACK=two CONFIRM=two\n',
    );
  });
});

describe('hasPending', () => {
  it('finds begun operations in a checkpoint', () => {
    expect(hasPending('{"pending_operations":[{"type":"creating"}]}')).toBe(true);
    expect(hasPending('{"pending_operations": []}')).toBe(false);
    expect(hasPending('')).toBe(false);
  });
});

describe('Steps', () => {
  it('counts, prints what failed, and closes with the count alone on its line', async () => {
    const lines: string[] = [];
    const steps = new Steps((line) => lines.push(line));
    expect(await steps.step('good', async () => 'all of it')).toBe(true);
    const bad = await steps.step('bad', async () => {
      throw new Error('two\nlines');
    });
    expect(bad).toBe(false);
    steps.add({ passed: 3, failed: 1 }, 'smoke');
    expect(lines[0]).toMatch(/^ok {4}good: all of it \(/);
    expect(lines.slice(1)).toEqual([expect.stringMatching(/^FAIL {2}bad \(/), '      two', '      lines']);
    expect(steps.closing()).toBe('failed: bad; smoke\n4 passed, 2 failed');
  });
});

describe('times', () => {
  it('are written for people and for file names', () => {
    expect(duration(420)).toBe('0.4 s');
    expect(duration(125_400)).toBe('2 min 5 s');
    expect(fileTime(new Date('2026-11-21T15:16:17.123Z'))).toBe('20261121-151617');
  });

  it('remembers a phase that failed', async () => {
    let now = 0;
    const watch = new Stopwatch(() => now);
    const failing = watch.phase('update', async () => {
      now = 2000;
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(watch.summary()).toBe('update 2.0 s; 2.0 s in all');
  });
});
