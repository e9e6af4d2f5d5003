import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { planEtcd } from '../../../components/etcd/etcd.ts';
import { etcdArgs } from '../../lib/format/samples.ts';
import { FakeEtcd, type Listed, listed } from './fake-etcdctl.ts';

let etcd: FakeEtcd;
beforeEach(() => {
  etcd = new FakeEtcd();
});
afterEach(() => etcd.remove());

/** Runs what follows a start of etcd on ctl02, of ctl01 and ctl02. */
function started(members: readonly Listed[], answering: readonly string[]) {
  etcd.stands(members, answering);
  const both = ['ctl01', 'ctl02'].map((name) => ({ name, address: name }));
  const plan = planEtcd({ ...etcdArgs, member: { name: 'ctl02', address: 'ctl02' }, members: both });
  const script = etcd.below(plan.files['/etc/etcd/promote']?.content ?? '').replace('sleep 1', 'sleep 0.01');
  const { status } = spawnSync('sh', ['-c', script], { env: { PATH: etcd.path }, timeout: 20_000 });
  return { ended: status === 0, calls: etcd.calls() };
}

it('remembers that a voter is a member, and asks for nothing', () => {
  expect(started([listed('ctl01'), listed('ctl02')], ['ctl01', 'ctl02'])).toEqual({ ended: true, calls: [] });
  expect(existsSync(join(etcd.folder, 'var/lib/hardway/etcd/joined'))).toBe(true);
});

it('has a learner promoted by another member, again until it has all data', () => {
  const members = [listed('ctl01'), listed('ctl02', { learner: true })];
  const promote = 'member promote ctl02id';
  expect(started(members, ['ctl01', 'ctl02'])).toEqual({ ended: true, calls: [promote, promote] });
});
