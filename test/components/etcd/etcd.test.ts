import { describe, expect, it } from '@jest/globals';
import { etcdClientUrl, planEtcd } from '../../../components/etcd/etcd.ts';
import { expectGoldens, planTexts } from '../../lib/format/golden.ts';
import { etcdArgs } from '../../lib/format/samples.ts';

describe('planEtcd', () => {
  it('renders what test/golden/etcd shows', () => {
    expectGoldens('etcd', planTexts(planEtcd(etcdArgs)));
  });

  it('leaves the other members alone when one is added: only what a first start reads changes', () => {
    const before = planEtcd(etcdArgs);
    const after = planEtcd({ ...etcdArgs, members: [...etcdArgs.members, { name: 'ctl03', address: '10.89.0.13' }] });
    const changed = Object.keys(after.files).filter(
      (path) => after.files[path]?.content !== before.files[path]?.content,
    );
    expect(changed).toEqual(['/etc/etcd/bootstrap.env', '/etc/etcd/join', '/etc/etcd/promote']);
    expect(after.services.flatMap((service) => service.restartOn)).not.toEqual(
      expect.arrayContaining(['/etc/etcd/bootstrap.env', '/etc/etcd/join']),
    );
  });

  it('starts an added member as one of an existing cluster', () => {
    const environment = (state: 'new' | 'existing') =>
      planEtcd({ ...etcdArgs, initialClusterState: state }).files['/etc/etcd/bootstrap.env']?.content;
    expect(environment('new')).toContain('\nETCD_INITIAL_CLUSTER_STATE=new\n');
    expect(environment('existing')).toContain('\nETCD_INITIAL_CLUSTER_STATE=existing\n');
  });

  it('turns the quota from MiB into bytes', () => {
    const unit = planEtcd({ ...etcdArgs, config: { ...etcdArgs.config, etcdQuotaMiB: 100 } }).files[
      '/etc/systemd/system/etcd.service'
    ]?.content;
    expect(unit).toContain('--quota-backend-bytes=104857600 ');
  });

  it('refuses a member that is not one of the members, by name and by address', () => {
    const stranger = { name: 'ctl01', address: '10.89.0.99' };
    expect(() => planEtcd({ ...etcdArgs, member: stranger })).toThrow(
      'etcd member ctl01 (10.89.0.99) is not among the members given',
    );
  });

  it('names client URLs the way the API server takes them', () => {
    expect(etcdClientUrl({ name: 'ctl01', address: '10.89.0.11' })).toBe('https://10.89.0.11:2379');
  });
});
