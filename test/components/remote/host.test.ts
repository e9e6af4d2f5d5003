import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeHost, fine, home, marks, mine } from './fake-host.ts';

let machine: FakeHost;
beforeEach(() => {
  machine = new FakeHost();
});
afterEach(() => machine.remove());

describe('claiming a machine', () => {
  it('marks it, and leaves there what takes everything off again', async () => {
    expect(await machine.claim()).toEqual(fine);
    expect(machine.read(`${home}/identity`)).toBe(`${mine}\n`);
    expect(machine.has(`${home}/host.sh`)).toBe(true);
    expect(await machine.claim()).toEqual(fine);
  });

  it('takes it over under another host key of the same name', async () => {
    await machine.claim();
    expect(await machine.claim(marks.newKey)).toEqual(fine);
    expect(machine.read(`${home}/identity`)).toBe(`${marks.newKey}\n`);
  });

  it.each([
    ['another cluster', `${'f'.repeat(32)}/wrk01/aaaa`, 'belongs to another cluster'],
    ['a lab', 'a container', 'belongs to another cluster'],
    ['another name of its own cluster', marks.wrk02, 'is wrk02 of this cluster and cannot be wrk01 too'],
  ])('that is of %s changes nothing and says so', async (_, holder, message) => {
    machine.write(`${home}/identity`, `${holder}\n`);
    const { status, stderr } = await machine.claim();
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(machine.read(`${home}/identity`)).toBe(`${holder}\n`);
    expect(machine.has(`${home}/host.sh`)).toBe(false);
  });
});

it.each(['claim', 'release'])('takes away a policy that a killed staging left there, in %s', async (verb) => {
  const policy = '/usr/sbin/policy-rc.d';
  await machine.claim();
  const staging = readFileSync('components/remote/machine/packages.sh', 'utf8');
  machine.write(policy, `#!/bin/sh\n${/^mark='(.*)'$/m.exec(staging)?.[1]}\nexit 101\n`);
  expect(await (verb === 'claim' ? machine.claim() : machine.release())).toEqual(fine);
  expect(machine.has(policy)).toBe(false);
  await machine.claim();
  machine.write(policy, '#!/bin/sh\nexit 101\n');
  expect(await (verb === 'claim' ? machine.claim() : machine.release())).toEqual(fine);
  expect(machine.has(policy)).toBe(true);
});

describe('releasing a machine', () => {
  it('takes off every role, its data, and the mark', async () => {
    await machine.claim();
    await machine.apply(
      'start',
      {
        files: { '/etc/systemd/system/thing.service': { content: '', mode: 0o644 } },
        services: [{ unit: 'thing.service', restartOn: [] }],
      },
      'node',
      mine,
    );
    await machine.apply('start', {}, 'etcd', mine);
    machine.write('/var/lib/etcd/member/db', 'data');
    machine.write('/opt/hardway/etcd/3/etcd', '');
    machine.calls();
    expect(await machine.release()).toEqual(fine);
    expect(machine.calls()).toContain('disable --now thing.service');
    for (const path of ['/var/lib/etcd', '/opt/hardway', '/etc/systemd/system/thing.service', home]) {
      expect([path, machine.has(path)]).toEqual([path, false]);
    }
    expect(await machine.shell(`! [ -f ${machine.at(`${home}/host.sh`)} ]`)).toEqual(fine);
  });

  it('keeps folders that were in use before it came', async () => {
    machine.write('/etc/containerd/config.toml', 'mine');
    await machine.claim();
    machine.had('node');
    machine.write('/etc/containerd/certs.d/x', '');
    machine.write('/var/lib/containerd/x', '');
    expect(await machine.release()).toEqual(fine);
    expect(machine.read('/etc/containerd/config.toml')).toBe('mine');
    expect(machine.has('/var/lib/containerd')).toBe(false);
  });

  it('empties a disk of its own, but for what the file system keeps there', async () => {
    machine.write('/var/lib/etcd/lost+found/x', '');
    await machine.claim();
    machine.had('etcd');
    machine.write('/var/lib/etcd/member/db', '');
    expect(await machine.release()).toEqual(fine);
    expect(machine.has('/var/lib/etcd/member')).toBe(false);
    expect(machine.has('/var/lib/etcd/lost+found/x')).toBe(true);
  });

  it('does not forget what was there before when the machine is claimed again', async () => {
    machine.write('/etc/cni/net.d/theirs', '');
    await machine.claim();
    machine.had('etcd', 'node');
    machine.write('/var/lib/etcd/db', '');
    await machine.claim();
    expect(await machine.release()).toEqual(fine);
    expect(machine.has('/etc/cni/net.d/theirs')).toBe(true);
    expect(machine.has('/var/lib/etcd')).toBe(false);
  });

  it.each([
    ['etcd', ['/etc/etcd/x', '/var/lib/etcd/x']],
    ['control-plane', ['/etc/kubernetes/x', '/var/log/kubernetes/x']],
    ['node', ['/etc/kubernetes/x', '/etc/containerd/x', '/etc/cni/x', '/var/lib/kubelet/x', '/var/lib/weave/x']],
    ['load-balancer', []],
  ])('empties the folders of the roles that were there: %s', async (role, gone) => {
    const all = ['/opt/hardway', '/etc/etcd', '/var/lib/etcd', '/etc/kubernetes', '/var/log/kubernetes'];
    all.push('/etc/containerd', '/etc/cni', '/var/lib/kubelet', '/var/lib/weave');
    await machine.claim();
    machine.had(role);
    for (const folder of all) machine.write(`${folder}/x`, '');
    expect(await machine.release()).toEqual(fine);
    expect(all.filter((folder) => !machine.has(folder)).map((folder) => `${folder}/x`)).toEqual([
      '/opt/hardway/x',
      ...gone,
    ]);
  });

  it('knows a role that an earlier version put there, and still does after it was cut off', async () => {
    await machine.claim();
    await machine.apply('start', {}, 'etcd', mine);
    await machine.shell(`rm ${machine.at(`${home}/roles`)}`);
    machine.write('/var/lib/etcd/db', '');
    machine.command('find', '#!/bin/sh\ncase $1 in */etcd) exit 1 ;; esac\nexec /usr/bin/find "$@"\n');
    expect((await machine.release()).status).toBe(1);
    await machine.shell(`rm ${machine.at('/bin/find')}`);
    expect(await machine.release()).toEqual(fine);
    expect(machine.has('/var/lib/etcd')).toBe(false);
  });

  it('does nothing where another cluster has taken the place', async () => {
    await machine.claim();
    machine.write(`${home}/identity`, 'another\n');
    machine.write('/var/lib/etcd/db', '');
    expect(await machine.release()).toEqual(fine);
    expect(machine.has('/var/lib/etcd/db')).toBe(true);
  });

  it('that was cut off at its very end and is run again keeps what was there before', async () => {
    machine.write('/opt/hardway/theirs', '');
    await machine.claim();
    machine.command('rm', '#!/bin/sh\n[ "$1" != -rf ] || ! [ -d "$2" ] || exit 137\nexec /bin/rm "$@"\n');
    expect((await machine.release()).status).not.toBe(0);
    await machine.shell(`/bin/rm ${machine.at('/bin/rm')}`);
    const script = machine.at(`${home}/host.sh`);
    expect(await machine.shell(`! [ -f ${script} ] || sh ${script} release ${mine}`)).toEqual(fine);
    expect(machine.has('/opt/hardway/theirs')).toBe(true);
    expect(await machine.claim('another/wrk01/aaaa')).toEqual(fine);
    expect(machine.has('/var/lib/.hardway-gone')).toBe(false);
  });

  it('that does not know any more what was there before leaves data where they are, and says so', async () => {
    await machine.claim();
    machine.had('etcd', 'node');
    await machine.shell(`rm -rf ${machine.at(`${home}/before`)}`);
    for (const folder of ['/var/lib/etcd', '/opt/hardway']) machine.write(`${folder}/x`, '');
    const { status, stderr } = await machine.release();
    expect([status, stderr]).toEqual([0, expect.stringContaining('what was here before the cluster, is missing')]);
    expect(machine.has('/var/lib/etcd/x')).toBe(true);
    expect(['/opt/hardway', home].filter((path) => machine.has(path))).toEqual([]);
  });

  it('that could not empty a folder keeps the mark, so that it can be run again', async () => {
    await machine.claim();
    machine.had('etcd', 'node');
    machine.write('/var/lib/etcd/db', '');
    machine.command('find', '#!/bin/sh\ncase $1 in */etcd) echo busy >&2; exit 1 ;; esac\nexec /usr/bin/find "$@"\n');
    const { status, stderr } = await machine.release();
    expect(status).toBe(1);
    expect(stderr).toMatch(/busy\nbox: .*etcd could not be emptied, see above/);
    expect(machine.read(`${home}/identity`)).toBe(`${mine}\n`);
    expect(existsSync(machine.at(`${home}/host.sh`))).toBe(true);
  });
});
