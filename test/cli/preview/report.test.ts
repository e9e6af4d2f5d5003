import { describe, expect, it } from '@jest/globals';
import { reportLines } from '../../../cli/commands/preview.ts';
import { previewReport } from '../../../cli/preview/report.ts';

const urn = (types: string, name: string): string => `urn:pulumi:two::hardway::${types}::${name}`;
const components: Record<string, string> = {
  etcd: 'etcd:Etcd',
  'control-plane': 'control-plane:ControlPlane',
  workers: 'workers:Workers',
};
const restarts: Record<string, Record<string, string[]>> = {
  etcd: { 'etcd.service': ['/etc/systemd/system/etcd.service', '/usr/local/bin/etcd'] },
  'control-plane': { 'kube-apiserver.service': ['/usr/local/bin/kube-apiserver'], 'kube-scheduler.service': [] },
  node: { 'kubelet.service': ['/usr/local/bin/kubelet'], 'kube-proxy.service': ['/usr/local/bin/kube-proxy'] },
};
type Plan = Record<string, string> | string;

/** A step of the component of a role, as the engine prints it. */
function role(room: string, machine: string, op: string, before?: Plan, after?: Plan) {
  const name = room === 'workers' ? 'node' : room;
  const state = (plan?: Plan) =>
    plan === undefined ? undefined : { inputs: { machine, role: name, plan, restarts: restarts[name] } };
  const type = `hardway:${components[room]}$hardway:remote:Role`;
  return { op, urn: urn(type, `${room}-${machine}`), oldState: state(before), newState: state(after) };
}
const command = (room: string, machine: string, op: string) => ({
  ...{ op, urn: urn(`hardway:${components[room]}$hardway:remote:Role$command:remote:Command`, `${room}-${machine}`) },
});
const labMachine = (name: string, op: string) => ({
  ...{ op, urn: urn('hardway:machines:Machines$hardway:machines:Lab$command:local:Command', `machines-${name}`) },
});
const warnings = [
  'warning: using pulumi-resource-random from $PATH at /x\n',
  'warning: resource plugin tls is expected to have version >=5.6.1, but has 5.6.0',
].map((message) => ({ severity: 'warning', message }));

const report = (steps: object[], diagnostics: object[] = warnings) =>
  previewReport(JSON.stringify({ steps, diagnostics }), ['ctl01', 'ctl02', 'wrk01', 'wrk02']);
const unit = '/etc/systemd/system/etcd.service';

describe('the summary of a preview', () => {
  it('says that nothing changes, and none of the warnings about plugins', () => {
    const found = report([{ op: 'same', urn: urn('pulumi:pulumi:Stack', 'hardway-two') }]);
    expect(reportLines('two', found)).toEqual(['stack two: an update would change nothing']);
    expect(found.disruptive).toBe(false);
  });

  it('is the roll: etcd, the control plane, then the nodes, whatever order the engine names them in', () => {
    const link = (program: string, from: string, to: string): [Plan, Plan] => [
      { [`/usr/local/bin/${program}`]: `-> ${from}`, '/etc/motd': 'x\n' },
      { [`/usr/local/bin/${program}`]: `-> ${to}`, '/etc/motd': 'x\n' },
    ];
    const { summary, disruptive } = report([
      role('workers', 'wrk02', 'update', ...link('kubelet', '1', '2')),
      role('workers', 'wrk01', 'update', ...link('kubelet', '1', '2')),
      role('control-plane', 'ctl01', 'update', ...link('kube-apiserver', '1', '2')),
      role('etcd', 'ctl02', 'update', ...link('etcd', '1', '2')),
      role('etcd', 'ctl01', 'update', ...link('etcd', '1', '2')),
    ]);
    expect(summary).toEqual([
      'restarts etcd on 2 machines, one at a time: ctl01, ctl02',
      'then restarts kube-apiserver on ctl01',
      'then restarts kubelet on 2 machines, one at a time: wrk01, wrk02',
    ]);
    expect(disruptive).toBe(true);
  });

  it('says which nodes are drained, and how many are updated at a time', () => {
    const drained = (name: string) => ({
      ...{ op: 'update', urn: urn('hardway:workers:Workers$hardway:workers:Drain', `workers-drain-${name}`) },
      newState: { inputs: { node: name, for: 'kubelet 1.37' } },
    });
    const link: [Plan, Plan] = [{ '/usr/local/bin/kubelet': '-> 1' }, { '/usr/local/bin/kubelet': '-> 2' }];
    const steps = [
      drained('wrk01'),
      drained('wrk02'),
      role('workers', 'wrk01', 'update', ...link),
      role('workers', 'wrk02', 'update', ...link),
    ];
    expect(
      previewReport(JSON.stringify({ steps, diagnostics: [] }), ['wrk01', 'wrk02'], { nodesAtOnce: 2 }).summary,
    ).toEqual([
      'drains each node before its update: wrk01, wrk02',
      'restarts kubelet on 2 machines, 2 at a time: wrk01, wrk02',
    ]);
  });

  it('says nothing of a machine that the update leaves out', () => {
    const files: [Plan, Plan] = [{ '/etc/motd': 'a' }, { '/etc/motd': 'b' }];
    const steps = [role('workers', 'wrk01', 'update', ...files), role('workers', 'wrk02', 'update', ...files)];
    expect(previewReport(JSON.stringify({ steps, diagnostics: [] }), [], { leftOut: ['wrk02'] }).summary).toEqual([
      'changes files without a restart on wrk01',
    ]);
  });

  it('tells a changed file from a restart', () => {
    const { summary, disruptive } = report([
      role('etcd', 'ctl01', 'update', { '/etc/motd': 'a' }, { '/etc/motd': 'b' }),
    ]);
    expect(summary).toEqual(['changes files without a restart on ctl01']);
    expect(disruptive).toBe(false);
  });

  it('says who leaves, comes, and is made again', () => {
    const { summary, disruptive } = report([
      labMachine('wrk01', 'update'),
      command('workers', 'wrk01', 'replace'),
      labMachine('wrk03', 'create'),
      role('workers', 'wrk03', 'create', undefined, {}),
      labMachine('wrk02', 'delete'),
      role('workers', 'wrk02', 'delete', {}),
      { op: 'delete', urn: urn('hardway:pki:Pki$tls:index/privateKey:PrivateKey', 'pki-kubelet-client-wrk02') },
      { op: 'delete', urn: urn('hardway:pki:Pki$tls:index/locallySignedCert:LocallySignedCert', 'pki-kubelet-wrk02') },
    ]);
    expect(summary).toEqual([
      'creates the machines wrk03',
      'creates the machines again: wrk01',
      'adds the role node on wrk03',
      'puts roles again onto wrk01',
      'nodes leave: wrk02 (drained first)',
      'removes the machines wrk02',
      'deletes 2 keys and certificates',
    ]);
    expect(disruptive).toBe(true);
  });

  it('takes files that wait for renewed certificates for restarts', () => {
    const { summary, details } = report([role('etcd', 'ctl01', 'update', { [unit]: 'a' }, 'an unknown value')]);
    expect(summary).toEqual(['restarts etcd (new certificates) on ctl01']);
    expect(details).toEqual(['ctl01, etcd: its files are known once the certificates are renewed']);
  });

  it('asks about a replaced object of the API, and not about an updated one', () => {
    const object = (op: string) => ({
      ...{ op, urn: urn('hardway:addons:Addons$kubernetes:apps/v1:Deployment', 'addons-coredns') },
      detailedDiff: { 'spec.replicas': {} },
    });
    expect(report([object('update')])).toMatchObject({
      summary: ['updates addons-coredns (Deployment)'],
      details: ['addons-coredns (Deployment): update: spec.replicas'],
      disruptive: false,
    });
    expect(report([object('replace')]).disruptive).toBe(true);
  });
});

describe('the details of a preview', () => {
  it('are the changed lines of each file, once for machines that change alike', () => {
    const before = { [unit]: '[Service]\nExecStart=etcd --a\n', '/usr/local/bin/etcd': '-> 1', '/etc/old': 'x' };
    const after = { [unit]: '[Service]\nExecStart=etcd --b\n', '/usr/local/bin/etcd': '-> 2', '/etc/new': 'x' };
    const { details } = report([
      role('etcd', 'ctl01', 'update', before, after),
      role('etcd', 'ctl02', 'update', before, after),
    ]);
    expect(details).toEqual([
      'ctl01, ctl02, etcd:',
      '  /etc/new',
      '    + (new)',
      '  /etc/old',
      '    - (removed)',
      `  ${unit}`,
      '    - ExecStart=etcd --a',
      '    + ExecStart=etcd --b',
      '  /usr/local/bin/etcd',
      '    - -> 1',
      '    + -> 2',
    ]);
  });

  it('name the programs that are fetched', () => {
    const stage = (artifacts: string[]) => ({ inputs: { machine: 'ctl01', artifacts, packages: [] } });
    const sum = 'a'.repeat(64);
    const { summary, details } = report([
      {
        ...{ op: 'update', urn: urn('hardway:machines:Machines$hardway:remote:Stage', 'machines-stage-ctl01') },
        oldState: stage([`etcd 3.7.2 https://x ${sum}`]),
        newState: stage([`etcd 3.7.3 https://x ${sum}`]),
      },
    ]);
    expect(summary).toEqual(['fetches new versions onto ctl01']);
    expect(details).toEqual([
      'ctl01, programs:',
      '    - etcd 3.7.2 (SHA-256 aaaaaaaaaaaa)',
      '    + etcd 3.7.3 (SHA-256 aaaaaaaaaaaa)',
    ]);
  });

  it('keep warnings of the program, and errors', () => {
    const found = report(
      [],
      [
        ...warnings,
        { severity: 'warning', message: 'warning: two etcd members stop when either is lost' },
        { severity: 'error', message: 'error: refused' },
      ],
    );
    expect(reportLines('two', found)[0]).toBe('warning: two etcd members stop when either is lost');
    expect(found.errors).toEqual(['error: refused']);
  });
});
