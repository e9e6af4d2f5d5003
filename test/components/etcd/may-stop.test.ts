import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { planEtcd } from '../../../components/etcd/etcd.ts';
import { etcdArgs } from '../../lib/format/samples.ts';
import { FakeEtcd, listed } from './fake-etcdctl.ts';

let etcd: FakeEtcd;
beforeEach(() => {
  etcd = new FakeEtcd();
});
afterEach(() => etcd.remove());

/** Whether c1 may stop, of members c1, c2 and so on. */
function mayStop(count: number, answering: readonly string[], learners: readonly string[] = []) {
  const names = Array.from({ length: count }, (_, index) => `c${index + 1}`);
  etcd.stands(
    names.map((name) => listed(name, { learner: learners.includes(name) })),
    ['self', ...answering],
  );
  const member = { name: 'c1', address: 'c1' };
  const script = (planEtcd({ ...etcdArgs, member, members: [member] }).mayStop ?? []).join('\n');
  const { status, stdout } = spawnSync('sh', ['-euc', etcd.below(script)], { env: { PATH: etcd.path } });
  return [status === 0, stdout.toString().trim()];
}

it('holds while the others are a majority', () => {
  expect(mayStop(3, ['c2', 'c3'])).toEqual([true, '']);
  expect(mayStop(5, ['c2', 'c3', 'c5'])).toEqual([true, '']);
});

it('does not hold while too many of the others are missing, and names them', () => {
  expect(mayStop(3, ['c3'])).toEqual([
    ...[false, 'etcd would stop without this member: of 3 members c2 did not answer, and 2 are needed'],
  ]);
  expect(mayStop(5, ['c2', 'c3'])[0]).toBe(false);
});

it('holds where no others could help: one member, or two that are both there', () => {
  expect(mayStop(1, [])).toEqual([true, '']);
  expect(mayStop(2, ['c2'])).toEqual([true, '']);
  expect(mayStop(2, [])[0]).toBe(false);
});

it('counts a member whose database is full: it still votes', () => {
  const [stops] = mayStop(3, ['c2', 'c3']);
  expect(stops).toBe(true);
  const etcdctl = etcd
    .read('bin/etcdctl')
    .replace("'endpoint health') ;;", "'endpoint health') echo 'alarm: NOSPACE' >&2; exit 1 ;;");
  etcd.write('bin/etcdctl', etcdctl);
  const member = { name: 'c1', address: 'c1' };
  const script = (planEtcd({ ...etcdArgs, member, members: [member] }).mayStop ?? []).join('\n');
  expect(spawnSync('sh', ['-euc', etcd.below(script)], { env: { PATH: etcd.path } }).status).toBe(0);
});

it('does not count a learner', () => {
  expect(mayStop(3, ['c2', 'c3'], ['c3'])).toEqual([true, '']);
  expect(mayStop(3, ['c3'], ['c3'])[0]).toBe(false);
});

it('holds for a member that does not answer itself', () => {
  etcd.stands([], []);
  const member = { name: 'c1', address: 'c1' };
  const script = (planEtcd({ ...etcdArgs, member, members: [member] }).mayStop ?? []).join('\n');
  expect(spawnSync('sh', ['-euc', etcd.below(script)], { env: { PATH: etcd.path } }).status).toBe(0);
});
