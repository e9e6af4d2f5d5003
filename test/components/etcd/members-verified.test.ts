import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { membersVerified } from '../../../components/etcd/etcd.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-members-'));
  mkdirSync(join(folder, 'etc', 'etcd'), { recursive: true });
  writeFileSync(join(folder, 'etc', 'etcd', 'etcdctl.env'), '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const started = (name: string) =>
  `8e9e05c52164694d, started, ${name}, https://${name}:2380, https://${name}:2379, false`;

/** Runs the condition against an etcdctl that lists the given members, in its own form. */
function verify(list: readonly string[], healthy = true) {
  writeFileSync(join(folder, 'list'), `${list.join('\n')}\n`);
  const etcdctl = `#!/bin/sh\ncase "$*" in *"member list"*) cat ${folder}/list ;; *) exit ${healthy ? 0 : 1} ;; esac\n`;
  writeFileSync(join(folder, 'etcdctl'), etcdctl, { mode: 0o755 });
  const script = membersVerified(['ctl01', 'ctl02']).replaceAll('/etc/etcd', `${folder}/etc/etcd`);
  const { status, stdout } = spawnSync('sh', ['-uc', `(${script}\n)`], { env: { PATH: `${folder}:/usr/bin:/bin` } });
  return [status === 0, stdout.toString().trim()];
}

it('holds for exactly the wanted members, in any order', () => {
  expect(verify([started('ctl02'), started('ctl01')])).toEqual([true, '']);
});

it.each<[string, string[], string]>([
  ['a member is missing from the list', [started('ctl01')], 'ctl02 is no member'],
  [
    'a member too many',
    ['ctl01', 'ctl02', 'ctl03'].map(started),
    'ctl03 is a member that the configuration does not name',
  ],
  ['a learner', [started('ctl01'), started('ctl02').replace('false', 'true')], 'member ctl02 is a learner'],
  [
    'an added member that never started',
    [started('ctl01'), '1, unstarted, , https://10.0.0.2:2380, , false'],
    'member https://10.0.0.2:2380 has not started',
  ],
])('does not hold with %s, and says so', (_, list, said) => {
  const [holds, output] = verify(list);
  expect(holds).toBe(false);
  expect(output).toContain(said);
});

it('does not hold while a listed member does not answer', () => {
  expect(verify([started('ctl01'), started('ctl02')], false)[0]).toBe(false);
});
