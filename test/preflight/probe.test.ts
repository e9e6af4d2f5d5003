import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type HostFacts, parseFacts, recorded } from '../../preflight/facts.ts';

const probe = join(import.meta.dirname, '..', '..', 'preflight', 'probe.sh');
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hardway-probe-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Runs the real script over a made-up root. */
function look(): HostFacts {
  const stdout = execFileSync('sh', [probe, root], { encoding: 'utf8' });
  const facts = parseFacts({ stdout, sentAt: 0, heardAt: 0 });
  if (facts === undefined) throw new Error(`no facts in:\n${stdout}`);
  return facts;
}

const tcpHead = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

describe('the probe', () => {
  it('finds what a host is', () => {
    write('etc/os-release', 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nVERSION_ID="24.04"\n');
    write('proc/1/comm', 'systemd\n');
    write('proc/self/status', 'Name:\tsh\nCapBnd:\t000001ffffffffff\n');
    write('proc/sys/kernel/random/boot_id', 'b-o-o-t\n');
    write('etc/machine-id', '0123456789abcdef0123456789abcdef\n');
    write('sys/fs/cgroup/cgroup.controllers', 'cpu memory\n');
    write('proc/meminfo', 'MemTotal:        4028348 kB\nMemFree:  5 kB\n');
    write('proc/swaps', 'Filename Type Size Used Priority\n/swap.img file 2097148 0 -2\n/dev/zram0 partition 10 0 5\n');
    write(
      'proc/net/route',
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\n',
    );
    mkdirSync(join(root, 'var/lib/etcd'), { recursive: true });
    expect(look()).toMatchObject({
      os: 'ubuntu 24.04',
      init: 'systemd',
      sysResource: true,
      cgroupVersion: 2,
      container: false,
      boot: 'b-o-o-t',
      machineId: '0123456789abcdef0123456789abcdef',
      memory: 3934,
      swap: ['/swap.img', '/dev/zram0'],
      hasDefaultRoute: true,
      hasModules: false,
      leftovers: [],
      units: [],
      mark: '',
    });
    const { disks } = look();
    expect(disks.map(({ path, free, mount }) => ({ path, isKnown: free > 0 && mount.startsWith('/') }))).toEqual(
      ['/opt', '/var/log', '/var/lib/etcd', '/var/lib/containerd', '/var/lib/kubelet'].map((path) => ({
        path,
        isKnown: true,
      })),
    );
  });

  it('finds who listens, and not who is connected', () => {
    const line = (local: string, state: string): string => `   0: ${local} 00000000:0000 ${state} 00000000:00000000\n`;
    write('proc/net/tcp', `${tcpHead}${line('00000000:192B', '0A')}${line('0100007F:0050', '01')}`);
    write('proc/net/tcp6', `${tcpHead}${line('00000000000000000000000000000000:192B', '0A')}`);
    write('proc/net/udp', `${tcpHead}${line('00000000:1A7F', '07')}`);
    const ports = look().listeners.map(({ protocol, port }) => `${protocol} ${port}`);
    expect(ports).toEqual(['tcp 6443', 'udp 6783']);
  });

  it('finds what other clusters left, folders only when something is in them', () => {
    write('etc/kubernetes/admin.conf');
    mkdirSync(join(root, 'var/lib/etcd/lost+found'), { recursive: true });
    mkdirSync(join(root, 'var/lib/kubelet/lost+found'), { recursive: true });
    mkdirSync(join(root, 'var/lib/kubelet/pods'), { recursive: true });
    write('usr/lib/systemd/system/k3s.service');
    write('lib/systemd/system/containerd.service');
    write('etc/systemd/system/containerd.service');
    write('var/lib/hardway/identity', 'abc 1\nmore\n');
    const { leftovers, units, mark } = look();
    expect(leftovers).toEqual(['/etc/kubernetes', '/var/lib/kubelet']);
    expect(units).toEqual(['k3s', 'containerd']);
    expect(mark).toBe('abc 1');
  });

  it('finds what lies there of a cluster of ours, and a firewall that is on', () => {
    write('var/lib/hardway/etcd/units', 'etcd.service\n');
    write('var/lib/hardway/node/units');
    write('var/lib/hardway/before/folders');
    write('etc/ufw/ufw.conf', '# ENABLED=no\nENABLED=yes\nLOGLEVEL=low\n');
    expect(look()).toMatchObject({ roles: ['etcd', 'node'], firewalls: ['ufw'] });
    write('etc/ufw/ufw.conf', 'ENABLED=no\n');
    expect(look().firewalls).toEqual([]);
  });

  it('asks systemd whether something runs that roles take over', () => {
    write('bin/systemctl', '#!/bin/sh\nprintf "%s\\n" "$*" >>"$0.log"\n[ "$3" = nginx.service ]\n');
    const command = `chmod +x "$1/bin/systemctl"; PATH=$1/bin:$PATH sh ${probe} "$1"`;
    const stdout = execFileSync('sh', ['-c', command, 'sh', root], { encoding: 'utf8' });
    expect(parseFacts({ stdout, sentAt: 0, heardAt: 0 })).toMatchObject({ active: ['nginx'], firewalls: [] });
    const calls = readFileSync(join(root, 'bin/systemctl.log'), 'utf8').trim().split('\n');
    expect(calls.filter((call) => !call.startsWith('is-active --quiet '))).toEqual([]);
  });

  it('knows the networks of addresses only where their prefixes are known', () => {
    const stdout = ['address=192.0.2.7/24', 'address=198.51.100.7', 'end=1', ''].join('\n');
    expect(parseFacts({ stdout, sentAt: 0, heardAt: 0 })).toMatchObject({
      addresses: ['192.0.2.7', '198.51.100.7'],
      networks: ['192.0.2.7/24'],
    });
  });

  it('knows a container, control groups of version 1, and a capability that cannot be had', () => {
    write('run/systemd/container', 'docker');
    write('proc/self/status', 'CapBnd:\t000001fffeffffff\n');
    expect(look()).toMatchObject({ container: true, cgroupVersion: 1, sysResource: false });
  });

  it('tells a kernel feature that is there from one that is not to be known', () => {
    write('proc/filesystems', 'nodev\tproc\nnodev\toverlay\n');
    write('proc/modules', 'openvswitch 180224 0 - Live 0x0\n');
    const { features } = look();
    expect(features.get('overlay')).toBe('yes');
    expect(features.get('openvswitch')).toBe('yes');
    expect(features.get('nf_tables')).toBe('unknown');
    expect(features.get('vxlan')).toBe('unknown');
  });

  it('asks modprobe, which only says what it would do, where modules are on the disk', () => {
    mkdirSync(join(root, 'lib/modules', execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim()), {
      recursive: true,
    });
    write('bin/modprobe', '#!/bin/sh\nprintf "%s\\n" "$*" >>"$0.log"\n[ "$3" = overlay ]\n');
    const stdout = execFileSync(
      'sh',
      ['-c', `chmod +x "$1/bin/modprobe"; PATH=$1/bin:$PATH sh ${probe} "$1"`, 'sh', root],
      {
        encoding: 'utf8',
      },
    );
    const facts = parseFacts({ stdout, sentAt: 0, heardAt: 0 });
    expect(facts?.hasModules).toBe(true);
    expect(facts?.features.get('overlay')).toBe('module');
    expect(facts?.features.get('br_netfilter')).toBe('no');
    const calls = readFileSync(join(root, 'bin/modprobe.log'), 'utf8').trim().split('\n');
    expect(calls.filter((call) => !call.startsWith('-n -q '))).toEqual([]);
  });

  it('leaves a root as it was', () => {
    write('etc/os-release', 'ID=debian\nVERSION_ID="12"\n');
    const listing = (): string => execFileSync('find', [root, '-printf', '%p %s %T@\n'], { encoding: 'utf8' });
    const before = listing();
    look();
    expect(listing()).toBe(before);
  });
});

describe('facts', () => {
  const lines = (more: string[] = []): string => ['clock=1000.500', 'machine=aarch64', ...more, 'end=1', ''].join('\n');

  it('are none when the probe did not come to its end', () => {
    expect(parseFacts({ stdout: 'clock=1\nos=debian 12\n', sentAt: 0, heardAt: 0 })).toBeUndefined();
    expect(parseFacts({ stdout: '', sentAt: 0, heardAt: 0 })).toBeUndefined();
  });

  it('stand between what a login shell says', () => {
    const stdout = `Welcome!\nLast login: today\n${lines(['os=debian 13'])}`;
    expect(parseFacts({ stdout, sentAt: 0, heardAt: 0 })?.os).toBe('debian 13');
  });

  it('correct a clock for the time under way', () => {
    expect(parseFacts({ stdout: lines(), sentAt: 990_000, heardAt: 991_000 })?.clock).toEqual({
      ahead: 10_000,
      give: 500,
    });
  });

  it('name the programs behind ports where ss knows them', () => {
    const stdout = lines([
      'listen.tcp=00000000:192B',
      'listen.udp=00000000:0035',
      'ss=tcp   LISTEN 0      511          0.0.0.0:6443      0.0.0.0:*    users:(("nginx",pid=7,fd=6))',
    ]);
    expect(parseFacts({ stdout, sentAt: 0, heardAt: 0 })?.listeners).toEqual([
      { protocol: 'tcp', port: 6443, program: 'nginx' },
      { protocol: 'udp', port: 53 },
    ]);
  });

  it("are recorded as far as they stay the same, with the architecture's name in Go", () => {
    const facts = parseFacts({ stdout: lines(['os=debian 12', 'cgroup=2', 'container=yes']), sentAt: 0, heardAt: 0 });
    if (facts === undefined) throw new Error('no facts');
    expect(recorded(facts, '192.0.2.1:22', 'ssh-ed25519 AAAA')).toEqual({
      dialled: '192.0.2.1:22',
      hostKey: 'ssh-ed25519 AAAA',
      os: 'debian 12',
      architecture: 'arm64',
      cgroupVersion: 2,
      sysResource: false,
      container: true,
    });
  });
});
