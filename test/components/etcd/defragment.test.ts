import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { planEtcd } from '../../../components/etcd/etcd.ts';
import { etcdArgs } from '../../lib/format/samples.ts';

const plan = planEtcd(etcdArgs);
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-defragment-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Database {
  readonly size: number;
  readonly used: number;
  readonly quota?: number;
  readonly full?: boolean;
  readonly healthy?: boolean;
  /** Its size once it was defragmented. */
  readonly afterwards?: number;
}

/** Runs the script beside an etcdctl that tells of such a database, and writes down what it is asked to change. */
function defragment({ size, used, quota = 8e9, full = false, healthy = true, afterwards = used }: Database, word = '') {
  const status = (bytes: number) =>
    `[{"Status":{"header":{"revision":2036},"dbSize":${bytes},"raftIndex":9,"dbSizeInUse":${used},"dbSizeQuota":${quota}}}]`;
  const script = `#!/bin/sh
while case $1 in --dial-timeout=*|--command-timeout=*) true ;; *) false ;; esac; do shift; done
case "$1 $2" in
  'endpoint status') if [ -e ${folder}/done ]; then echo '${status(afterwards)}'; else echo '${status(size)}'; fi ;;
  'endpoint health') exit ${healthy ? 0 : 1} ;;
  'alarm list') ${full ? 'echo memberID:1 alarm:NOSPACE' : ':'} ;;
  *) echo "$*" >>${folder}/calls; [ "$1" != defrag ] || touch ${folder}/done ;;
esac
`;
  writeFileSync(join(folder, 'etcdctl'), script, { mode: 0o755 });
  writeFileSync(join(folder, 'etcdctl.env'), '');
  writeFileSync(join(folder, 'calls'), '');
  const text = (plan.files['/etc/etcd/defragment']?.content ?? '').replaceAll('/etc/etcd/', `${folder}/`);
  const {
    status: code,
    stdout,
    stderr,
  } = spawnSync('sh', ['-eu', '-s', word], {
    ...{ input: text, encoding: 'utf8', env: { PATH: `${folder}:/usr/bin:/bin` } },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return { calls: readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').filter(Boolean), stdout };
}

describe('defragmenting', () => {
  it('gives back space where half of the database and more is free', () => {
    expect(defragment({ size: 400e6, used: 100e6 }).calls).toEqual(['defrag']);
  });

  it.each<[string, Database]>([
    ['most of it is used', { size: 400e6, used: 300e6 }],
    ['it is small', { size: 90e6, used: 1e6 }],
    ['a member is not healthy', { size: 400e6, used: 100e6, healthy: false }],
  ])('is left where %s', (_, database) => {
    expect(defragment(database).calls).toEqual([]);
  });

  it('drops history and takes the alarm back where the database was full', () => {
    const full = { size: 500e6, used: 490e6, quota: 512e6, full: true };
    expect(defragment({ ...full, afterwards: 100e6 }).calls).toEqual(['compaction 2036', 'defrag', 'alarm disarm']);
    const stays = defragment({ ...full, afterwards: 480e6 });
    expect(stays.calls).toEqual(['compaction 2036', 'defrag']);
    expect(stays.stdout).toContain('the alarm stays. Fix: delete objects, or raise hardway:etcdQuotaMiB.');
  });

  it('does nothing after a start without the alarm', () => {
    expect(defragment({ size: 400e6, used: 100e6 }, 'after-start').calls).toEqual([]);
    expect(defragment({ size: 5e6, used: 1e6, full: true }, 'after-start').calls).toContain('alarm disarm');
  });
});

describe('the quota', () => {
  it("is a fifth of the disk within etcd's limits, or what a large database needs", () => {
    const quota = (disk: number, database: number) => {
      const stub = (name: string, line: string) =>
        writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
      stub('df', `echo 1B-blocks; echo ${disk}`);
      stub('stat', database > 0 ? `echo ${database}` : 'exit 1');
      const text = (plan.files['/etc/etcd/quota']?.content ?? '').replaceAll('/run/', `${folder}/`);
      spawnSync('sh', ['-eu'], { input: text, env: { PATH: `${folder}:/usr/bin:/bin` } });
      return Number(readFileSync(join(folder, 'etcd-quota.env'), 'utf8').trim().split('=')[1]) / 2 ** 20;
    };
    expect(quota(10 * 2 ** 30, 0)).toBe(2048);
    expect(quota(2 ** 40, 0)).toBe(8192);
    expect(quota(2 ** 30, 0)).toBe(512);
    expect(quota(10 * 2 ** 30, 3 * 2 ** 30)).toBe(6144);
  });

  it('is the configured one, and then the disk is not asked', () => {
    const own = planEtcd({ ...etcdArgs, config: { ...etcdArgs.config, etcdQuotaMiB: 64 } });
    const unit = own.files['/etc/systemd/system/etcd.service']?.content ?? '';
    expect(unit).toContain('--quota-backend-bytes=67108864');
    expect(unit).not.toContain('quota.env');
    expect(own.files['/etc/etcd/quota']).toBeUndefined();
    // etcd does not start with both.
    const extra = planEtcd({
      ...etcdArgs,
      config: { ...etcdArgs.config, etcdExtraArgs: { 'quota-backend-bytes': 1 } },
    });
    expect(extra.files['/etc/systemd/system/etcd.service']?.content).not.toContain('quota.env');
  });
});
