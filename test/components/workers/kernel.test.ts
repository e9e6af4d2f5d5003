import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { planKernel } from '../../../components/workers/kernel.ts';
import { standardHost } from '../../../lib/format/host.ts';

const scripts = join(import.meta.dirname, '..', '..', '..', 'components', 'workers');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-kernel-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text, { mode });
};

/** Runs a script of the folder with the machine's files and programs out of a folder of ours. */
function run(script: string) {
  for (const name of ['modprobe', 'systemctl', 'swapoff', 'sysctl']) {
    const enabled = name === 'systemctl' ? '[ "$1" != is-enabled ] || [ "$3" = zramswap.service ]' : ':';
    put(`bin/${name}`, `#!/bin/sh\necho "${name} $*" >>"$ROOT/log"\n${enabled}\n`, 0o755);
  }
  const { status, stderr } = spawnSync('sh', ['-eu', join(scripts, script)], {
    encoding: 'utf8',
    env: { PATH: `${folder}/bin:/usr/bin:/bin`, ROOT: folder },
  });
  return { status, stderr, did: readFileSync(join(folder, 'log'), 'utf8').trim().split('\n') };
}

describe('swap of a machine with its own kernel', () => {
  it('is turned off after the services that would turn it on again, where they are enabled', () => {
    const { status, did } = run('kernel-own.sh');
    expect(status).toBe(0);
    expect(did.filter((call) => / disable /.test(call))).toEqual(['systemctl disable --now --quiet zramswap.service']);
    const [last] = did.filter((call) => call.includes('zramswap')).slice(-1);
    expect(did.indexOf(last ?? '')).toBeLessThan(did.indexOf('swapoff --all'));
  });

  it('goes out of fstab as comments, the swap lines alone and only once', () => {
    const before = [
      '# /etc/fstab: static file system information.',
      'UUID=1 / ext4 errors=remount-ro 0 1',
      '/swapfile none swap sw 0 0',
      'UUID=2\tnone\tswap\tsw\t0\t0',
      '# /old none swap sw 0 0',
      '/dev/sdb1 /srv/swap ext4 defaults 0 2',
      '',
    ];
    put('etc/fstab', before.join('\n'));
    for (const _ of [1, 2]) run('kernel-own.sh');
    expect(readFileSync(join(folder, 'etc/fstab'), 'utf8').split('\n')).toEqual([
      '# /etc/fstab: static file system information.',
      'UUID=1 / ext4 errors=remount-ro 0 1',
      '# hardway, swap is off: /swapfile none swap sw 0 0',
      '# hardway, swap is off: UUID=2\tnone\tswap\tsw\t0\t0',
      '# /old none swap sw 0 0',
      '/dev/sdb1 /srv/swap ext4 defaults 0 2',
      '',
    ]);
  });

  it('is left alone where the kernel is shared', () => {
    expect(planKernel({ ...standardHost, ownsKernel: false }).preStart?.join('\n')).not.toContain('swap');
    expect(planKernel(standardHost).preStart).toContain('swapoff --all');
  });
});

describe('what a node needs of its kernel', () => {
  const kernel = { bridge: true, overlay: true, forward: '1' };
  const check = (has: typeof kernel) => {
    if (has.bridge) put('proc/sys/net/bridge/bridge-nf-call-iptables', '1\n');
    put('proc/filesystems', has.overlay ? 'nodev\toverlay\n' : 'nodev\tproc\n');
    put('proc/sys/net/ipv4/ip_forward', `${has.forward}\n`);
    return run('kernel.sh');
  };

  it('is there', () => {
    expect(check(kernel)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    [{ bridge: false }, 'the kernel has no br_netfilter'],
    [{ overlay: false }, 'the kernel has no overlay file system'],
    [{ forward: '0' }, 'net.ipv4.ip_forward is not 1'],
  ])('is named when it is missing: %j', (lacking, complaint) => {
    const { status, stderr } = check({ ...kernel, ...lacking });
    expect(status).toBe(1);
    expect(stderr).toContain(complaint);
    expect(stderr).toContain('Fix: ');
  });
});
