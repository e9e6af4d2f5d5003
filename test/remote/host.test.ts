import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeMachine } from './fake-machine.ts';

const cluster = '0123456789abcdef0123456789abcdef';
const mine = `${cluster}/wrk01/aaaa`;
const home = '/var/lib/hardway';
const fine = { status: 0, stderr: '' };

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine();
  machine.write('/proc/swaps', 'Filename\n');
  machine.write('/proc/self/mountinfo', '');
  machine.write('/sys/class/net/eth0', '');
  for (const name of ['umount', 'ip', 'swapon', 'sysctl', 'iptables-nft-restore', 'ip6tables-nft-restore']) {
    machine.command(
      name,
      `#!/bin/sh\necho "${name} $*" >>"$ROOT/did"\ncase $0 in *restore) cat >>"$ROOT/did-stdin" ;; esac\n`,
    );
  }
  for (const name of ['iptables-nft-save', 'ip6tables-nft-save', 'ipset']) machine.command(name, '#!/bin/sh\n');
});
afterEach(() => machine.remove());

const claim = async (identity = mine) => machine.run(await machine.claiming(), 'claim', identity);
const release = (identity = mine) => machine.shell(`sh ${machine.at(`${home}/host.sh`)} release ${identity}`);
/** Roles that are noted as having been on the machine. */
const had = (...roles: string[]) => machine.write(`${home}/roles`, roles.map((role) => `${role}\n`).join(''));
const did = () => (machine.has('/did') ? machine.read('/did').trim().split('\n') : []);

describe('claiming a machine', () => {
  it('marks it, and leaves there what takes everything off again', async () => {
    expect(await claim()).toEqual(fine);
    expect(machine.read(`${home}/identity`)).toBe(`${mine}\n`);
    expect(machine.has(`${home}/host.sh`)).toBe(true);
    expect(await claim()).toEqual(fine);
  });

  it('takes it over under another host key of the same name', async () => {
    await claim();
    expect(await claim(`${cluster}/wrk01/bbbb`)).toEqual(fine);
    expect(machine.read(`${home}/identity`)).toBe(`${cluster}/wrk01/bbbb\n`);
  });

  it.each([
    ['another cluster', `${'f'.repeat(32)}/wrk01/aaaa`, 'belongs to another cluster'],
    ['a lab', 'a container', 'belongs to another cluster'],
    ['another name of its own cluster', `${cluster}/wrk02/aaaa`, 'is wrk02 of this cluster and cannot be wrk01 too'],
  ])('that is of %s changes nothing and says so', async (_, holder, message) => {
    machine.write(`${home}/identity`, `${holder}\n`);
    const { status, stderr } = await claim();
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(machine.read(`${home}/identity`)).toBe(`${holder}\n`);
    expect(machine.has(`${home}/host.sh`)).toBe(false);
  });
});

it.each(['claim', 'release'])('takes away a policy that a killed staging left there, in %s', async (verb) => {
  const policy = '/usr/sbin/policy-rc.d';
  await claim();
  machine.write(policy, '#!/bin/sh\n# hardway: nothing is started while its packages are installed\nexit 101\n');
  expect(await (verb === 'claim' ? claim() : release())).toEqual(fine);
  expect(machine.has(policy)).toBe(false);
  await claim();
  machine.write(policy, '#!/bin/sh\nexit 101\n');
  expect(await (verb === 'claim' ? claim() : release())).toEqual(fine);
  expect(machine.has(policy)).toBe(true);
});

describe('releasing a machine', () => {
  it('takes off every role, its data, and the mark', async () => {
    await claim();
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
    expect(await release()).toEqual(fine);
    expect(machine.calls()).toContain('disable --now thing.service');
    for (const path of ['/var/lib/etcd', '/opt/hardway', '/etc/systemd/system/thing.service', home]) {
      expect([path, machine.has(path)]).toEqual([path, false]);
    }
    expect(await machine.shell(`! [ -f ${machine.at(`${home}/host.sh`)} ]`)).toEqual(fine);
  });

  it('keeps folders that were in use before it came', async () => {
    machine.write('/etc/containerd/config.toml', 'mine');
    await claim();
    had('node');
    machine.write('/etc/containerd/certs.d/x', '');
    machine.write('/var/lib/containerd/x', '');
    expect(await release()).toEqual(fine);
    expect(machine.read('/etc/containerd/config.toml')).toBe('mine');
    expect(machine.has('/var/lib/containerd')).toBe(false);
  });

  it('empties a disk of its own, but for what the file system keeps there', async () => {
    machine.write('/var/lib/etcd/lost+found/x', '');
    await claim();
    had('etcd');
    machine.write('/var/lib/etcd/member/db', '');
    expect(await release()).toEqual(fine);
    expect(machine.has('/var/lib/etcd/member')).toBe(false);
    expect(machine.has('/var/lib/etcd/lost+found/x')).toBe(true);
  });

  it('does not forget what was there before when the machine is claimed again', async () => {
    machine.write('/etc/cni/net.d/theirs', '');
    await claim();
    had('etcd', 'node');
    machine.write('/var/lib/etcd/db', '');
    await claim();
    expect(await release()).toEqual(fine);
    expect(machine.has('/etc/cni/net.d/theirs')).toBe(true);
    expect(machine.has('/var/lib/etcd')).toBe(false);
  });

  it.each([[['etcd']], [['load-balancer', 'control-plane', 'pod-network']]])(
    'without a node touches nothing of containers: roles %j',
    async (roles) => {
      await claim();
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
        expect(await release()).toEqual(fine);
        expect(shim.exitCode ?? shim.signalCode).toBe(null);
      } finally {
        shim.kill();
      }
      expect(theirs.filter((path) => !machine.has(path))).toEqual([]);
      expect(did().filter((line) => /^(umount|ip link|iptables)/.test(line))).toEqual([]);
    },
  );

  it.each([
    ['etcd', ['/etc/etcd/x', '/var/lib/etcd/x']],
    ['control-plane', ['/etc/kubernetes/x', '/var/log/kubernetes/x']],
    ['node', ['/etc/kubernetes/x', '/etc/containerd/x', '/etc/cni/x', '/var/lib/kubelet/x', '/var/lib/weave/x']],
    ['load-balancer', []],
  ])('empties the folders of the roles that were there: %s', async (role, gone) => {
    const all = ['/opt/hardway', '/etc/etcd', '/var/lib/etcd', '/etc/kubernetes', '/var/log/kubernetes'];
    all.push('/etc/containerd', '/etc/cni', '/var/lib/kubelet', '/var/lib/weave');
    await claim();
    had(role);
    for (const folder of all) machine.write(`${folder}/x`, '');
    expect(await release()).toEqual(fine);
    expect(all.filter((folder) => !machine.has(folder)).map((folder) => `${folder}/x`)).toEqual([
      '/opt/hardway/x',
      ...gone,
    ]);
  });

  it('knows a role that an earlier version put there, and still does after it was cut off', async () => {
    await claim();
    await machine.apply('start', {}, 'etcd', mine);
    await machine.shell(`rm ${machine.at(`${home}/roles`)}`);
    machine.write('/var/lib/etcd/db', '');
    machine.command('find', '#!/bin/sh\ncase $1 in */etcd) exit 1 ;; esac\nexec /usr/bin/find "$@"\n');
    expect((await release()).status).toBe(1);
    await machine.shell(`rm ${machine.at('/bin/find')}`);
    expect(await release()).toEqual(fine);
    expect(machine.has('/var/lib/etcd')).toBe(false);
  });

  it('does nothing where another cluster has taken the place', async () => {
    await claim();
    machine.write(`${home}/identity`, 'another\n');
    machine.write('/var/lib/etcd/db', '');
    expect(await release()).toEqual(fine);
    expect(machine.has('/var/lib/etcd/db')).toBe(true);
  });

  it('ends what still runs in the groups of pods and of containerd, and nothing else', async () => {
    await claim();
    had('node');
    const [pod, other] = [spawn('sleep', ['60']), spawn('sleep', ['60'])];
    machine.write(`/proc/${pod.pid}/cgroup`, '12:cpu:/kubepods/burstable/podx/y\n');
    machine.write(`/proc/${other.pid}/cgroup`, '12:cpu:/system.slice/ssh.service\n');
    machine.command('sleep', `#!/bin/sh\nrm -rf "$ROOT/proc/${pod.pid}"\n`);
    const ended = new Promise((resolve) => pod.once('exit', (_, signal) => resolve(signal)));
    try {
      expect(await release()).toEqual(fine);
      expect(await ended).toBe('SIGKILL');
      expect(other.exitCode ?? other.signalCode).toBe(null);
    } finally {
      other.kill();
    }
  });

  it('lets go of mounts, the deepest first, but not of a disk that is mounted there', async () => {
    await claim();
    had('node');
    const at = (path: string) => `1 2 0:1 / ${machine.at(path)} rw - tmpfs x rw\n`;
    const mounts = ['/var/lib/kubelet', '/var/lib/kubelet/pods/a\\040b', '/var/lib/kubelet/pods/a\\040b/c', '/home'];
    machine.write('/proc/self/mountinfo', mounts.map(at).join(''));
    expect(await release()).toEqual(fine);
    expect(did().filter((line) => line.startsWith('umount'))).toEqual([
      `umount -l ${machine.at('/var/lib/kubelet/pods/a b/c')}`,
      `umount -l ${machine.at('/var/lib/kubelet/pods/a b')}`,
    ]);
  });

  it('removes the links of the pod networks and keeps the others', async () => {
    await claim();
    had('node');
    for (const link of ['cnio0', 'weave', 'vethwe-bridge', 'docker0']) machine.write(`/sys/class/net/${link}`, '');
    expect(await release()).toEqual(fine);
    expect(did().filter((line) => line.startsWith('ip '))).toEqual(
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
      await claim();
      had('node');
      machine.command('iptables-nft-save', `#!/bin/sh\ncat <<'END'\n${rules.join('\n')}\nEND\n`);
      machine.command('ip6tables-nft-save', `#!/bin/sh\ncat <<'END'\n${kept.join('\n')}\nEND\n`);
    });
    const restores = () => did().filter((line) => line.includes('restore'));

    it('takes its own by name, and asks for nothing where there are none', async () => {
      expect(await release()).toEqual(fine);
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
      expect(await release()).toEqual(fine);
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
    await claim();
    had(...roles);
    machine.write(logind, '');
    for (const folder of [
      `${plugins}/kubelet-plugins/volume/exec`,
      '/etc/hardway',
      '/etc/systemd/system/keepalived.service.d',
    ])
      machine.folder(folder);
    machine.calls();
    expect(await release()).toEqual(fine);
    expect([logind, plugins].map((path) => machine.has(path))).toEqual([!were, !were]);
    expect(machine.calls().includes('kill -s HUP systemd-logind.service')).toBe(were);
    expect(did().includes('ip -4 route flush proto 87')).toBe(were);
    expect(did().some((line) => line.startsWith('iptables-nft-restore'))).toBe(were);
    const empty = ['/etc/hardway', '/etc/systemd/system/keepalived.service.d'];
    expect(empty.filter((path) => machine.has(path))).toEqual([]);
  });

  it('keeps the volume plugins of others', async () => {
    await claim();
    had('node');
    machine.write('/usr/libexec/kubernetes/kubelet-plugins/volume/exec/theirs/theirs', '');
    expect(await release()).toEqual(fine);
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
    await claim();
    had(role);
    machine.calls();
    expect(await release()).toEqual(fine);
    const calls = machine.calls().filter((call) => /nginx|keepalived|zram|dphys/.test(call));
    expect(calls).toEqual(back.map((call) => `--no-block --quiet ${call}`));
  });

  it('does not start services that were not there before', async () => {
    machine.command('systemctl', '#!/bin/sh\necho "$*" >>"$ROOT/calls"\ncase $1 in is-*) exit 3 ;; esac\n');
    await claim();
    had('load-balancer', 'control-plane');
    expect(await release()).toEqual(fine);
    expect(machine.calls().join()).not.toMatch(/start|enable nginx/);
  });

  it('turns swap on again where it was on', async () => {
    machine.write('/proc/swaps', 'Filename\n/swapfile\n');
    await claim();
    machine.write('/etc/fstab', '/dev/sda1 / ext4\n# hardway, swap is off: /swapfile none swap sw 0 0\n');
    expect(await release()).toEqual(fine);
    expect(machine.read('/etc/fstab')).toBe('/dev/sda1 / ext4\n/swapfile none swap sw 0 0\n');
    expect(did()).toContain('swapon --all');
    expect(machine.calls()).toContain('unmask --quiet swap.target');
  });

  it('leaves swap alone that was off', async () => {
    machine.command('systemctl', '#!/bin/sh\necho "$*" >>"$ROOT/calls"\n[ "$1" != is-enabled ] || echo masked\n');
    await claim();
    expect(await release()).toEqual(fine);
    expect(did().join()).not.toContain('swapon');
    expect(machine.calls().join()).not.toContain('unmask');
  });

  it('that was cut off at its very end and is run again keeps what was there before', async () => {
    machine.write('/opt/hardway/theirs', '');
    await claim();
    machine.command('rm', '#!/bin/sh\n[ "$1" != -rf ] || ! [ -d "$2" ] || exit 137\nexec /bin/rm "$@"\n');
    expect((await release()).status).not.toBe(0);
    await machine.shell(`/bin/rm ${machine.at('/bin/rm')}`);
    const script = machine.at(`${home}/host.sh`);
    expect(await machine.shell(`! [ -f ${script} ] || sh ${script} release ${mine}`)).toEqual(fine);
    expect(machine.has('/opt/hardway/theirs')).toBe(true);
    expect(await claim('another/wrk01/aaaa')).toEqual(fine);
    expect(machine.has('/var/lib/.hardway-gone')).toBe(false);
  });

  it('that does not know any more what was there before leaves data where they are, and says so', async () => {
    await claim();
    had('etcd', 'node');
    await machine.shell(`rm -rf ${machine.at(`${home}/before`)}`);
    for (const folder of ['/var/lib/etcd', '/opt/hardway']) machine.write(`${folder}/x`, '');
    const { status, stderr } = await release();
    expect([status, stderr]).toEqual([0, expect.stringContaining('what was here before the cluster, is missing')]);
    expect(machine.has('/var/lib/etcd/x')).toBe(true);
    expect(['/opt/hardway', home].filter((path) => machine.has(path))).toEqual([]);
  });

  it('that could not empty a folder keeps the mark, so that it can be run again', async () => {
    await claim();
    had('etcd', 'node');
    machine.write('/var/lib/etcd/db', '');
    machine.command('find', '#!/bin/sh\ncase $1 in */etcd) echo busy >&2; exit 1 ;; esac\nexec /usr/bin/find "$@"\n');
    const { status, stderr } = await release();
    expect(status).toBe(1);
    expect(stderr).toMatch(/busy\nbox: .*etcd could not be emptied, see above/);
    expect(machine.read(`${home}/identity`)).toBe(`${mine}\n`);
    expect(existsSync(machine.at(`${home}/host.sh`))).toBe(true);
  });
});
