import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { planEtcd } from '../../../components/etcd/etcd.ts';
import { etcdArgs } from '../../lib/format/samples.ts';
import { FakeEtcd, listed } from './fake-etcdctl.ts';

let etcd: FakeEtcd;
beforeEach(() => {
  etcd = new FakeEtcd();
});
afterEach(() => etcd.remove());

/** Runs what precedes a start of etcd on ctl02, of ctl01, ctl02 and ctl03. */
function start(state: 'new' | 'existing') {
  const members = ['ctl01', 'ctl02', 'ctl03'].map((name) => ({ name, address: name }));
  const plan = planEtcd({ ...etcdArgs, member: { name: 'ctl02', address: 'ctl02' }, members });
  const env = { PATH: etcd.path, ETCD_INITIAL_CLUSTER_STATE: state };
  const script = etcd.below(plan.files['/etc/etcd/join']?.content ?? '');
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { env });
  const environment = join(etcd.folder, 'run/etcd-join.env');
  return {
    starts: status === 0,
    calls: existsSync(join(etcd.folder, 'calls')) ? etcd.calls() : [],
    environment: existsSync(environment) ? etcd.read('run/etcd-join.env') : '',
    said: `${stdout}${stderr}`.trim(),
  };
}

const add = 'member add ctl02 --learner --peer-urls=https://ctl02:2380';
const joining = 'ETCD_INITIAL_CLUSTER=ctl01=https://ctl01:2380,ctl03=https://ctl03:2380,ctl02=https://ctl02:2380\n';

describe('a member without data', () => {
  it('begins the cluster where it is a founder, was never a member, and nobody answers', () => {
    etcd.stands([], []);
    expect(start('new')).toEqual({ starts: true, calls: [], environment: '', said: '' });
  });

  it('waits where nobody answers and it is no founder, or was a member before', () => {
    etcd.stands([], []);
    const waits = {
      starts: false,
      calls: [],
      environment: '',
      said: expect.stringContaining('no member of etcd answers'),
    };
    expect(start('existing')).toEqual(waits);
    etcd.write('var/lib/hardway/etcd/joined');
    expect(start('new')).toEqual(waits);
  });

  it('starts as a founder where the others started first', () => {
    const members = [listed('ctl01'), listed('ctl02', { started: false }), listed('ctl03')];
    etcd.stands(members, ['ctl01', 'ctl03']);
    expect(start('new')).toEqual({ starts: true, calls: [], environment: '', said: '' });
  });

  it('joins as a learner, whoever answers', () => {
    etcd.stands([listed('ctl01'), listed('ctl03')], ['ctl03']);
    expect(start('existing')).toMatchObject({
      ...{ starts: true, calls: [add], environment: `${joining}ETCD_INITIAL_CLUSTER_STATE=existing\n` },
    });
  });

  it('joins a cluster that stands even as a founder by its record', () => {
    etcd.stands([listed('ctl01'), listed('ctl03')], ['ctl01', 'ctl03']);
    expect(start('new')).toMatchObject({ starts: true, calls: [add] });
  });

  it('goes on where it was added and has not started yet', () => {
    const own = listed('ctl02', { started: false, learner: true });
    etcd.stands([listed('ctl01'), listed('ctl03'), own], ['ctl01', 'ctl03']);
    expect(start('existing')).toMatchObject({
      ...{ starts: true, calls: [], environment: `${joining}ETCD_INITIAL_CLUSTER_STATE=existing\n` },
    });
  });

  it.each<[string, 'new' | 'existing', Partial<ReturnType<typeof listed>>]>([
    ['has lost its data', 'new', {}],
    ['is another machine at its address', 'existing', {}],
    ['lost its data as a learner', 'existing', { learner: true }],
    ['was a voter before its first start ended', 'existing', { started: false }],
  ])('takes the place of its predecessor where it %s', (_, state, own) => {
    etcd.stands([listed('ctl01'), listed('ctl02', own), listed('ctl03')], ['ctl01', 'ctl03']);
    if (state === 'new') etcd.write('var/lib/hardway/etcd/joined');
    expect(start(state)).toMatchObject({
      ...{ starts: true, calls: ['member remove ctl02id', add], environment: expect.stringContaining(joining) },
    });
  });
});

describe('a member with data', () => {
  beforeEach(() => etcd.write('var/lib/etcd/member/snap/db'));

  it('starts as it is and asks nobody', () => {
    etcd.write('var/lib/hardway/etcd/joined');
    etcd.write('run/etcd-join.env', 'ETCD_INITIAL_CLUSTER=of-an-earlier-start\n');
    expect(start('existing')).toEqual({ starts: true, calls: [], environment: '', said: '' });
  });

  it('starts as it is where nobody answers, or the others list it', () => {
    etcd.stands([], []);
    expect(start('existing')).toEqual({ starts: true, calls: [], environment: '', said: '' });
    etcd.stands([listed('ctl01'), listed('ctl02')], ['ctl01']);
    expect(start('new')).toEqual({ starts: true, calls: [], environment: '', said: '' });
  });

  it('sets data aside that is of a time before it was removed, and joins', () => {
    etcd.stands([listed('ctl01'), listed('ctl03')], ['ctl01', 'ctl03']);
    expect(start('existing')).toMatchObject({ starts: true, calls: [add] });
    const [aside, ...more] = readdirSync(join(etcd.folder, 'var/lib/etcd'));
    expect([aside, more]).toEqual([expect.stringMatching(/^removed-\d{8}T\d{6}Z$/), []]);
  });
});
