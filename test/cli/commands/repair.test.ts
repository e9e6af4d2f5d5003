import { describe, expect, it } from '@jest/globals';
import { foreignSettings, repairOptions, rulesGone } from '../../../cli/commands/repair.ts';

const roles = [
  { machine: 'ctl01', role: 'etcd', attempt: 'urn:etcd', stage: 'urn:stage-ctl01' },
  { machine: 'ctl01', role: 'control-plane', attempt: 'urn:control-plane', stage: 'urn:stage-ctl01' },
  { machine: 'wrk01', role: 'node', attempt: 'urn:node', stage: 'urn:stage-wrk01' },
];
const differs = (machine: string, role: string, what = '/etc/x', how = 'is missing') => ({ machine, role, what, how });
const program = [{ room: 'addons', resource: 'x', change: 'update', properties: [] }] as const;

describe('the options of a repair', () => {
  it('are another attempt at each role that differs, and at no other', () => {
    const machines = [differs('wrk01', 'node'), differs('wrk01', 'node', '/etc/y'), differs('ctl01', 'etcd')];
    expect(repairOptions({ program: [], machines, roles })).toEqual(['--replace', 'urn:etcd', '--replace', 'urn:node']);
  });

  it('stage programs again that were exchanged', () => {
    const machines = [differs('ctl01', 'etcd', '/opt/hardway/etcd/3.7.3/etcd', 'has another size or time')];
    expect(repairOptions({ program: [], machines, roles })).toEqual([
      ...['--replace', 'urn:stage-ctl01', '--replace', 'urn:etcd'],
    ]);
  });

  it('look at the cloud and the API where resources differ', () => {
    expect(repairOptions({ program, machines: [], roles })).toEqual(['--refresh']);
  });
});

it('finds the machines whose rules are gone, each once', () => {
  const machines = [
    differs('wrk01', 'weave-net', 'chain WEAVE'),
    differs('wrk01', 'weave-net', 'chain WEAVE-NPC'),
    differs('wrk02', 'kube-proxy'),
  ];
  expect(rulesGone({ machines }, 'weave-net')).toEqual(['wrk01']);
  expect(rulesGone({ machines }, 'kube-proxy')).toEqual(['wrk02']);
});

it('finds settings of units that no role owns', () => {
  const path = '/etc/systemd/system/etcd.service.d/x.conf';
  const machines = [differs('ctl01', 'etcd', 'etcd.service', `is changed by ${path}, which no role owns`)];
  expect(foreignSettings({ machines: [...machines, differs('ctl01', 'etcd')] })).toEqual([{ machine: 'ctl01', path }]);
});
