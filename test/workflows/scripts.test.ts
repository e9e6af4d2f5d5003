import { describe, expect, it } from '@jest/globals';
import type { DriftReport } from '../../cli/drift/report.ts';
import { markdown, stepOutputs } from '../../cli/workflow/drift.ts';
import { obstacles } from '../../cli/workflow/stack.ts';

const hosts = () => ({ config: { machines: 'hosts' } as never, errors: [] });
const lab = () => ({ config: { machines: 'lab' } as never, errors: [] });
const good = { HARDWAY_STACK: 'prod', PULUMI_BACKEND_URL: 's3://state', HARDWAY_ENVIRONMENT: 'cluster' };

describe('what a workflow looks at first', () => {
  it('lets a stack pass that has a backend, a file and machines of its own', () => {
    expect(obstacles(good, undefined, hosts)).toEqual([]);
    expect(obstacles(good, 'cluster', hosts)).toEqual([]);
    expect(obstacles({ HARDWAY_STACK: 'prod', PULUMI_ACCESS_TOKEN: 'x' }, undefined, hosts)).toEqual([]);
  });

  it('leaves the faults of a configuration to the preview, which shows them all', () => {
    expect(obstacles(good, undefined, () => ({ errors: [{} as never] }))).toEqual([]);
  });

  it.each([
    [{ ...good, HARDWAY_STACK: '' }, undefined, hosts, 'is no stack’s name'],
    [{ ...good, HARDWAY_STACK: '../x' }, undefined, hosts, 'is no stack’s name'],
    [{ ...good, PULUMI_BACKEND_URL: '' }, undefined, hosts, 'There is no backend'],
    [{ ...good, PULUMI_BACKEND_URL: 'file://~' }, undefined, hosts, 'a folder of the runner'],
    [{ ...good, HARDWAY_ENVIRONMENT: '' }, 'cluster', hosts, 'The environment "cluster" is not set up'],
    [good, undefined, lab, 'Stack prod is a lab'],
    [good, undefined, () => undefined, 'There is no Pulumi.prod.yaml'],
  ])('stops at %j', (env, environment, read, message) => {
    const found = obstacles(env, environment, read);
    expect(found).toHaveLength(1);
    expect(found[0]?.replaceAll("'", '’')).toContain(message);
  });
});

describe('the report of a run', () => {
  const report: DriftReport = {
    stack: 'prod',
    program: [],
    renewals: [],
    carried: 0,
    machines: [],
    cluster: [],
    unchecked: [],
    roles: [],
    took: 1000,
  };
  const machines = [{ machine: 'ctl01', role: 'etcd', what: '/etc/`x`', how: 'is missing' }];

  it('is a block of text that its own content does not end', () => {
    expect(markdown(report)).toBe('```text\nstack prod: no drift (0 roles on 0 machines, 1.0 s)\n```\n');
    const quoted = { ...report, machines: [{ ...machines[0], what: '/etc/```' } as never] };
    expect(markdown(quoted)).toMatch(/^````text\n[\s\S]*\n````\n$/);
  });

  it('is cut where an issue could not hold it', () => {
    const many = Array.from({ length: 3000 }, (_, at) => ({
      machine: 'ctl01',
      role: 'etcd',
      what: `/etc/${at}`,
      how: 'is missing',
    }));
    const text = markdown({ ...report, machines: many });
    expect(text.length).toBeLessThan(65_000);
    expect(text).toContain('(cut: "make drift" shows the rest)\n```\n');
  });

  it('says in outputs whether anything differs, certificates apart', () => {
    expect(stepOutputs(report, 'MARK')).toMatch(/^differs=false\nrenewals=0\nreport<<MARK\n```text\n[^`]*```\nMARK\n$/);
    expect(stepOutputs({ ...report, machines }, 'M')).toContain('differs=true\n');
    const due = { ...report, renewals: [{ name: 'admin', ends: '2026-12-01T00:00:00Z' }] };
    expect(stepOutputs(due, 'M')).toContain('differs=false\nrenewals=1\n');
  });
});
