import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { membersCondition } from '../../../components/etcd/etcd.ts';
import { FakeEtcd, type Listed, listed } from './fake-etcdctl.ts';

let etcd: FakeEtcd;
beforeEach(() => {
  etcd = new FakeEtcd();
});
afterEach(() => etcd.remove());

/** Tries the condition once, with ctl01 and ctl02 wanted. */
function tryOnce(members: readonly Listed[], answering: readonly string[], leader?: string) {
  etcd.stands(members, answering, leader);
  const script = membersCondition(['ctl01', 'ctl02'].map((name) => ({ name, address: name })));
  const { status, stdout, stderr } = spawnSync('sh', ['-uc', `(${etcd.below(script)}\n)`], {
    env: { PATH: etcd.path },
  });
  return { holds: status === 0, said: `${stdout}${stderr}`.trim(), calls: etcd.calls() };
}

it('holds for exactly the wanted members, in any order', () => {
  const result = tryOnce([listed('ctl02'), listed('ctl01')], ['ctl01', 'ctl02']);
  expect(result).toEqual({ holds: true, said: '', calls: [] });
});

it('asks another member where the first does not answer', () => {
  const result = tryOnce([listed('ctl01'), listed('ctl02')], ['ctl02']);
  expect(result).toEqual({ holds: false, said: 'ctl01 does not answer.', calls: [] });
});

it('says why when none answers', () => {
  expect(tryOnce([], [])).toEqual({ holds: false, said: 'no member answers: ctl02: connection refused', calls: [] });
});

it('waits for a learner', () => {
  const members = [listed('ctl01'), listed('ctl02', { learner: true })];
  const said = 'ctl02 is a learner, which still copies data.';
  expect(tryOnce(members, ['ctl01', 'ctl02'])).toEqual({ holds: false, said, calls: [] });
});

it('waits for a member that is not listed or has not started, and removes nobody meanwhile', () => {
  expect(tryOnce([listed('ctl01'), listed('ctl03')], ['ctl01', 'ctl03'])).toEqual({
    ...{ holds: false, said: 'ctl02 is no member yet.', calls: [] },
  });
  expect(tryOnce([listed('ctl01'), listed('ctl02', { started: false })], ['ctl01']).said).toBe(
    'ctl02 has not started.',
  );
});

it('removes who leaves, one at a time, the dead ones first, and moves the leader away', () => {
  const members = ['ctl01', 'ctl02', 'ctl03', 'ctl04'].map((name) => listed(name));
  expect(tryOnce(members, ['ctl01', 'ctl02', 'ctl03'], 'ctl03')).toEqual({
    ...{ holds: false, said: 'ctl04 leaves: removed', calls: ['member remove ctl04id'] },
  });
  expect(tryOnce(members.slice(0, 3), ['ctl01', 'ctl02', 'ctl03'], 'ctl03')).toEqual({
    ...{ holds: false, said: 'ctl03 leaves: removed', calls: ['move-leader ctl01id', 'member remove ctl03id'] },
  });
});

it('tells members apart by their addresses: the old machine of a name leaves', () => {
  const members = [listed('ctl01'), listed('ctl02'), listed('ctl02', { id: 'oldid', address: 'old' })];
  expect(tryOnce(members, ['ctl01', 'ctl02']).calls).toEqual(['member remove oldid']);
});

it('removes an added member that never started and is not wanted', () => {
  const members = [listed('ctl01'), listed('ctl02'), listed('ctl03', { started: false, learner: true })];
  expect(tryOnce(members, ['ctl01', 'ctl02']).calls).toEqual(['member remove ctl03id']);
});
