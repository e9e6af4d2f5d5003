import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeHost, fine, mine } from './fake-host.ts';

let machine: FakeHost;
beforeEach(() => {
  machine = new FakeHost();
});
afterEach(() => machine.remove());

describe('releasing a machine: what lies beside its files', () => {
  it.each([[['etcd']], [['load-balancer', 'control-plane', 'pod-network']]])(
    'without a node touches nothing of containers: roles %j',
    async (roles) => {
      await machine.claim();
      for (const role of roles) await machine.apply('start', {}, role, mine);
      const theirs = [
        '/var/lib/containerd/db',
        '/run/netns/cni-podman',
        '/etc/cni/net.d/theirs',
        '/opt/cni/bin/bridge',
      ];
      for (const path of theirs) machine.write(path, '');
      const shim = spawn('sleep', ['60']);
      machine.write(`/proc/${shim.pid}/cgroup`, '0::/system.slice/containerd.service\n');
      machine.write('/proc/self/mountinfo', `1 2 0:1 / ${machine.at('/run/containerd/x')} rw - tmpfs x rw\n`);
      machine.write('/sys/class/net/cnio0', '');
      machine.command('iptables-nft-save', '#!/bin/sh\necho "-A CNI-HOSTPORT-DNAT -j CNI-DN-1"\n');
      try {
        expect(await machine.release()).toEqual(fine);
        expect(shim.exitCode ?? shim.signalCode).toBe(null);
      } finally {
        shim.kill();
      }
      expect(theirs.filter((path) => !machine.has(path))).toEqual([]);
      expect(machine.did().filter((line) => /^(umount|ip link|iptables)/.test(line))).toEqual([]);
    },
  );

  it('ends what still runs in the groups of pods and of containerd, and nothing else', async () => {
    await machine.claim();
    machine.had('node');
    const [pod, other] = [spawn('sleep', ['60']), spawn('sleep', ['60'])];
    machine.write(`/proc/${pod.pid}/cgroup`, '12:cpu:/kubepods/burstable/podx/y\n');
    machine.write(`/proc/${other.pid}/cgroup`, '12:cpu:/system.slice/ssh.service\n');
    machine.command('sleep', `#!/bin/sh\nrm -rf "$ROOT/proc/${pod.pid}"\n`);
    const ended = new Promise((resolve) => pod.once('exit', (_, signal) => resolve(signal)));
    try {
      expect(await machine.release()).toEqual(fine);
      expect(await ended).toBe('SIGKILL');
      expect(other.exitCode ?? other.signalCode).toBe(null);
    } finally {
      other.kill();
    }
  });

  it('lets go of mounts, the deepest first, but not of a disk that is mounted there', async () => {
    await machine.claim();
    machine.had('node');
    const at = (path: string) => `1 2 0:1 / ${machine.at(path)} rw - tmpfs x rw\n`;
    const mounts = ['/var/lib/kubelet', '/var/lib/kubelet/pods/a\\040b', '/var/lib/kubelet/pods/a\\040b/c', '/home'];
    machine.write('/proc/self/mountinfo', mounts.map(at).join(''));
    expect(await machine.release()).toEqual(fine);
    expect(machine.did().filter((line) => line.startsWith('umount'))).toEqual([
      `umount -l ${machine.at('/var/lib/kubelet/pods/a b/c')}`,
      `umount -l ${machine.at('/var/lib/kubelet/pods/a b')}`,
    ]);
  });

  it('removes the links of the pod networks and keeps the others', async () => {
    await machine.claim();
    machine.had('node');
    for (const link of ['cnio0', 'weave', 'vethwe-bridge', 'docker0']) machine.write(`/sys/class/net/${link}`, '');
    expect(await machine.release()).toEqual(fine);
    expect(machine.did().filter((line) => line.startsWith('ip '))).toEqual(
      ['cnio0', 'vethwe-bridge', 'weave'].map((link) => `ip link delete ${link}`),
    );
  });

  describe('from the rules of a node', () => {
    const kept = ['*filter', ':INPUT DROP [0:0]', '-A INPUT -p tcp --dport 22 -j ACCEPT', 'COMMIT'];
    const ours = [
      ':KUBE-FORWARD - [0:0]',
      ':CNI-HOSTPORT-DNAT - [0:0]',
      '-A FORWARD -j KUBE-FORWARD',
      '-A FORWARD -i weave ! -o weave -j ACCEPT',
      '-A CNI-HOSTPORT-DNAT -j CNI-DN-1',
    ];
    const rules = [...kept.slice(0, 2), ...ours, ...kept.slice(2), '*nat', ':OUTPUT ACCEPT [0:0]', 'COMMIT'];
    beforeEach(async () => {
      await machine.claim();
      machine.had('node');
      machine.command('iptables-nft-save', `#!/bin/sh\ncat <<'END'\n${rules.join('\n')}\nEND\n`);
      machine.command('ip6tables-nft-save', `#!/bin/sh\ncat <<'END'\n${kept.join('\n')}\nEND\n`);
    });
    const restores = () => machine.did().filter((line) => line.includes('restore'));

    it('takes its own by name, and asks for nothing where there are none', async () => {
      expect(await machine.release()).toEqual(fine);
      expect(restores()).toEqual(['iptables-nft-restore -w 10 --noflush']);
      expect(machine.read('/did-stdin').trim().split('\n')).toEqual([
        '*filter',
        ':KUBE-FORWARD - [0:0]',
        ':CNI-HOSTPORT-DNAT - [0:0]',
        '-D FORWARD -j KUBE-FORWARD',
        '-D FORWARD -i weave ! -o weave -j ACCEPT',
        '-X KUBE-FORWARD',
        '-X CNI-HOSTPORT-DNAT',
        'COMMIT',
      ]);
    });

    it('writes back all others where that does not do', async () => {
      const refuse = 'case $* in *noflush) echo no such rule >&2; exit 1 ;; esac; cat >"$ROOT/did-stdin"';
      machine.command('iptables-nft-restore', `#!/bin/sh\necho "restore $*" >>"$ROOT/did"\n${refuse}\n`);
      expect(await machine.release()).toEqual(fine);
      expect(restores()).toEqual(['restore -w 10 --noflush', 'restore -w 10']);
      expect(machine.read('/did-stdin')).toContain(`${kept.join('\n')}\n`);
      expect(machine.read('/did-stdin')).not.toMatch(/KUBE|CNI|[wW](eave|EAVE)/);
    });
  });

  it.each([
    [['node', 'pod-network'], true],
    [['etcd', 'load-balancer'], false],
  ])('takes away what kubelet and the pod network leave elsewhere, where they were: %j', async (roles, were) => {
    const [logind, plugins] = ['/etc/systemd/logind.conf.d/99-kubelet.conf', '/usr/libexec/kubernetes'];
    const rules = [
      '*nat',
      ':POSTROUTING ACCEPT [0:0]',
      ':HARDWAY-EGRESS - [0:0]',
      '-A POSTROUTING -m comment --comment "hardway: pods to the outside" -j HARDWAY-EGRESS',
      '-A HARDWAY-EGRESS -d 224.0.0.0/4 -j RETURN',
      'COMMIT',
    ];
    machine.command('iptables-nft-save', `#!/bin/sh\ncat <<'END'\n${rules.join('\n')}\nEND\n`);
    await machine.claim();
    machine.had(...roles);
    machine.write(logind, '');
    for (const folder of [
      `${plugins}/kubelet-plugins/volume/exec`,
      '/etc/hardway',
      '/etc/systemd/system/keepalived.service.d',
    ])
      machine.folder(folder);
    machine.calls();
    expect(await machine.release()).toEqual(fine);
    expect([logind, plugins].map((path) => machine.has(path))).toEqual([!were, !were]);
    expect(machine.calls().includes('kill -s HUP systemd-logind.service')).toBe(were);
    expect(machine.did().includes('ip -4 route flush proto 87')).toBe(were);
    expect(machine.did().some((line) => line.startsWith('iptables-nft-restore'))).toBe(were);
    const empty = ['/etc/hardway', '/etc/systemd/system/keepalived.service.d'];
    expect(empty.filter((path) => machine.has(path))).toEqual([]);
  });

  it('keeps the volume plugins of others', async () => {
    await machine.claim();
    machine.had('node');
    machine.write('/usr/libexec/kubernetes/kubelet-plugins/volume/exec/theirs/theirs', '');
    expect(await machine.release()).toEqual(fine);
    expect(machine.has('/usr/libexec/kubernetes/kubelet-plugins/volume/exec/theirs/theirs')).toBe(true);
  });

  it.each([
    ['load-balancer', ['enable nginx.service', 'start nginx.service', 'start keepalived.service']],
    ['node', ['enable zramswap.service', 'start zramswap.service']],
    ['etcd', []],
  ])('brings back services of the machine that its role took over: %s', async (role, back) => {
    const state =
      'case "$*" in is-enabled\\ nginx*|is-enabled\\ zramswap*) echo enabled ;; is-enabled*) echo disabled; exit 1 ;; ' +
      'is-active*zram-config* | is-active*dphys*) exit 3 ;; esac';
    machine.command('systemctl', `#!/bin/sh\necho "$*" >>"$ROOT/calls"\n${state}\n`);
    await machine.claim();
    machine.had(role);
    machine.calls();
    expect(await machine.release()).toEqual(fine);
    const calls = machine.calls().filter((call) => /nginx|keepalived|zram|dphys/.test(call));
    expect(calls).toEqual(back.map((call) => `--no-block --quiet ${call}`));
  });

  it('does not start services that were not there before', async () => {
    machine.command('systemctl', '#!/bin/sh\necho "$*" >>"$ROOT/calls"\ncase $1 in is-*) exit 3 ;; esac\n');
    await machine.claim();
    machine.had('load-balancer', 'control-plane');
    expect(await machine.release()).toEqual(fine);
    expect(machine.calls().join()).not.toMatch(/start|enable nginx/);
  });

  it('turns swap on again where it was on', async () => {
    machine.write('/proc/swaps', 'Filename\n/swapfile\n');
    await machine.claim();
    machine.write('/etc/fstab', '/dev/sda1 / ext4\n# hardway, swap is off: /swapfile none swap sw 0 0\n');
    expect(await machine.release()).toEqual(fine);
    expect(machine.read('/etc/fstab')).toBe('/dev/sda1 / ext4\n/swapfile none swap sw 0 0\n');
    expect(machine.did()).toContain('swapon --all');
    expect(machine.calls()).toContain('unmask --quiet swap.target');
  });

  it('leaves swap alone that was off', async () => {
    machine.command('systemctl', '#!/bin/sh\necho "$*" >>"$ROOT/calls"\n[ "$1" != is-enabled ] || echo masked\n');
    await machine.claim();
    expect(await machine.release()).toEqual(fine);
    expect(machine.did().join()).not.toContain('swapon');
    expect(machine.calls().join()).not.toContain('unmask');
  });
});
