import { describe, expect, it } from '@jest/globals';
import { type AppliedRole, appliedRoles, gather } from '../../../cli/drift/machines.ts';
import { type DriftReport, driftText, exitStatus } from '../../../cli/drift/report.ts';
import { urn } from '../pulumi/engine-events.ts';

const component = (name: string) => urn('hardway:etcd:Etcd$hardway:remote:Role', name);
const command = (name: string) => urn('hardway:etcd:Etcd$hardway:remote:Role$command:remote:Command', name);
const attempt = (name: string) =>
  urn('hardway:etcd:Etcd$hardway:remote:Role$random:index/randomId:RandomId', `${name}-attempt`);
const applied = (machine: string, role: string): AppliedRole => ({
  machine,
  role,
  attempt: attempt(`${role}-${machine}`),
});

const clean: DriftReport = {
  stack: 'two',
  program: [],
  renewals: [],
  carried: 0,
  machines: [],
  cluster: [],
  unchecked: [],
  roles: [applied('ctl01', 'etcd'), applied('ctl01', 'node'), applied('wrk01', 'node')],
  took: 8200,
};
const changedFile = { machine: 'ctl01', role: 'etcd', what: '/etc/etcd/key.pem', how: 'has other content' };
const scaled = {
  room: 'addons',
  resource: 'coredns (Deployment)',
  change: 'update',
  properties: ['spec.replicas'],
} as const;

describe('appliedRoles', () => {
  it('reads machine and role of each, and what makes its command run again', () => {
    const inputs = { machine: 'ctl01', role: 'etcd', plan: {} };
    const resources = [
      { urn: urn('pulumi:pulumi:Stack', 'hardway-dev') },
      { urn: component('etcd-ctl01'), inputs },
      { urn: command('etcd-ctl01'), parent: component('etcd-ctl01'), inputs: { stdin: 'sealed' } },
      { urn: attempt('etcd-ctl01'), parent: component('etcd-ctl01') },
    ];
    expect(appliedRoles(JSON.stringify({ version: 3, deployment: { resources } }))).toEqual([
      { machine: 'ctl01', role: 'etcd', attempt: attempt('etcd-ctl01') },
    ]);
    const older = { deployment: { resources: resources.slice(0, 3) } };
    expect(appliedRoles(JSON.stringify(older))[0]?.attempt).toBe(command('etcd-ctl01'));
    expect(appliedRoles('{"deployment":{}}')).toEqual([]);
    const stage = urn('hardway:machines:Machines$hardway:remote:Stage', 'machines-ctl01');
    const staging = { urn: stage.replace('Stage::', 'Stage$command:remote:Command::'), parent: stage };
    const staged = [...resources, { urn: stage, inputs: { machine: 'ctl01' } }, staging];
    expect(appliedRoles(JSON.stringify({ deployment: { resources: staged } }))[0]?.stage).toBe(staging.urn);
  });
});

describe('gather', () => {
  it('asks each machine once, about its own roles', async () => {
    const asked: string[] = [];
    const reading = await gather(clean.roles, async (machine, script) => {
      asked.push(`${machine} ${script.split('\n')[0]}`);
      return machine === 'wrk01' ? 'node\tkubelet.service\tis failed, not active' : '';
    });
    expect(asked).toEqual(['ctl01 set -- etcd node', 'wrk01 set -- node']);
    expect(reading.differences).toEqual([
      { machine: 'wrk01', role: 'node', what: 'kubelet.service', how: 'is failed, not active' },
    ]);
  });

  it('takes a machine that does not answer for a fault, and still looks at the others', async () => {
    const reading = await gather(clean.roles, async (machine) => {
      if (machine === 'ctl01') throw new Error('ctl01: Connection refused');
      return 'sh: not found\n';
    });
    expect(reading.differences).toEqual([]);
    expect(reading.unchecked).toEqual([
      'ctl01: Connection refused',
      'wrk01: the machine answered with a line of another kind: sh: not found',
    ]);
  });
});

describe('the report', () => {
  it('is one line, and status 0, where nothing differs', () => {
    expect(driftText(clean)).toBe('stack two: no drift (3 roles on 2 machines, 8.2 s)');
    expect(exitStatus(clean)).toBe(0);
  });

  it('has a line for each difference, a count, and what to do about each', () => {
    const report = {
      ...clean,
      program: [scaled],
      machines: [changedFile],
      carried: 9,
      renewals: [
        { name: 'late', ends: '2026-12-02T00:00:00Z' },
        { name: 'soon', ends: '2026-12-01T00:00:00Z' },
      ],
    };
    expect(driftText(report).split('\n')).toEqual([
      'addons: coredns (Deployment): an update would update it: spec.replicas',
      'ctl01: etcd: /etc/etcd/key.pem has other content',
      'certificate soon expires 2026-12-01T00:00:00Z: an update would renew it',
      'certificate late expires 2026-12-02T00:00:00Z: an update would renew it',
      '9 updates would distribute these certificates',
      'stack two: 1 difference in resources, 1 difference on machines, 2 certificates to renew; nothing was changed (3 roles on 2 machines, 8.2 s)',
      'Fix: put intended changes into the configuration. "make repair STACK=two" puts back the others, one machine at a time.',
    ]);
    expect(exitStatus(report)).toBe(1);
  });

  it('needs no more than an update for certificates', () => {
    const due = { ...clean, renewals: [{ name: 'soon', ends: '2026-12-01T00:00:00Z' }] };
    expect(driftText(due)).toContain('\nFix: run "make up STACK=two", which renews them.');
    expect(exitStatus(due)).toBe(1);
  });

  it('tells what the cluster answers that it should not', () => {
    const problem = { subject: 'wrk01', seen: 'is not Ready', fix: 'Look.' };
    const report = { ...clean, cluster: [problem] };
    expect(driftText(report)).toContain('wrk01 is not Ready\nstack two: 1 problem of the cluster; nothing was changed');
    expect(driftText(report)).toContain('\nFix: Look.');
    expect(exitStatus(report)).toBe(1);
  });

  it('cuts a long list of paths', () => {
    const many = { ...scaled, properties: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] };
    expect(driftText({ ...clean, program: [many] })).toContain('update it: a, b, c, d, e, f, and 2 more\n');
  });

  it('counts what could not be looked at as an error, whatever else was found', () => {
    const report = { ...clean, program: [scaled], unchecked: ['ctl01: Connection refused\n'] };
    expect(driftText(report)).toContain('could not check: ctl01: Connection refused\nstack two: 1 difference');
    expect(exitStatus(report)).toBe(2);
    expect(exitStatus({ ...clean, unchecked: ['x'] })).toBe(2);
  });
});
