import { describe, expect, it } from '@jest/globals';
import type { ClusterConfig } from '../../../config/schema.ts';
import { machineNamed } from '../../../config/schema.ts';
import { checkHost } from '../../../preflight/checks/index.ts';
import { type HostDiagnostics, renderHostDiagnostic } from '../../../preflight/diagnostic.ts';
import type { Feature, HostFacts } from '../../../preflight/facts.ts';
import { lock } from '../../config/support.ts';
import { disks, hostsConfig, soundFacts } from '../support.ts';

const cluster = 'c'.repeat(32);
const plain = hostsConfig();

function look(name: string, more: Partial<HostFacts>, config: ClusterConfig = plain): HostDiagnostics {
  return checkHost(machineNamed(config, name), soundFacts(more), { config, lock, cluster });
}
const faults = (...args: Parameters<typeof look>): string[] => look(...args).faults.map(renderHostDiagnostic);
const warnings = (...args: Parameters<typeof look>): string[] => look(...args).warnings.map(renderHostDiagnostic);
const features = (some: Record<string, Feature>): Pick<HostFacts, 'features'> => ({
  features: new Map([...soundFacts().features, ...Object.entries(some)]),
});

describe('a host with nothing wrong', () => {
  it.each(['ctl01', 'wrk01', 'lb01'])('%s is not complained about', (name) => {
    expect(look(name, {})).toEqual({ faults: [], warnings: [] });
  });

  it.each(['debian 12', 'debian 13', 'ubuntu 22.04', 'ubuntu 24.04'])('may run %s', (os) => {
    expect(faults('wrk01', { os })).toEqual([]);
  });

  it('may be of any architecture of the lock when its entry names none', () => {
    expect(faults('wrk01', { architecture: 'arm64' })).toEqual([]);
  });
});

describe('a fault', () => {
  it.each<[string, string, Partial<HostFacts>, string]>([
    [
      'another system',
      'lb01',
      { os: 'fedora 43', init: 'init' },
      'runs fedora 43; supported are debian 12, debian 13, ubuntu 22.04, ubuntu 24.04. Install one of these on it, or take another machine.',
    ],
    [
      'no system at all',
      'lb01',
      { os: ' ' },
      'runs a system without /etc/os-release; supported are debian 12, debian 13, ubuntu 22.04, ubuntu 24.04. Install one of these on it, or take another machine.',
    ],
    ['no systemd', 'wrk01', { init: 'tini' }, 'process 1 is tini, and units need systemd. Boot it with systemd.'],
    [
      'no apt',
      'wrk01',
      { hasApt: false },
      'has no apt-get, with which its packages are installed. Install the package apt.',
    ],
    [
      'no root',
      'wrk01',
      { isRoot: false },
      'runs commands without the rights of root. Give the user sudo for all commands.',
    ],
    [
      'an architecture without artifacts',
      'wrk01',
      { architecture: 'riscv64' },
      'is riscv64, and the artifact lock has amd64, arm64. Take another machine.',
    ],
    [
      'another address',
      'wrk01',
      { addresses: ['127.0.0.1', '192.0.2.7'] },
      'has no interface with the address 10.0.0.21; it has 192.0.2.7. Write the address that it has in the network of the cluster, and what SSH dials as sshAddress.',
    ],
    [
      'no machine-id',
      'wrk01',
      { machineId: '' },
      'has no /etc/machine-id, by which systemd and the pod network tell machines apart. Run "systemd-machine-id-setup" on it.',
    ],
    [
      'a kernel that lacks something',
      'wrk01',
      features({ overlay: 'no', nf_tables: 'no', ip_tables: 'no' }),
      'its kernel 6.1.0-18-amd64 lacks overlay (containers lie on it), nf_tables or ip_tables (services and network policies are made of it). Install the package with its modules (linux-modules-extra on Ubuntu), or another kernel.',
    ],
    [
      'modules of another kernel',
      'wrk01',
      { ...features({ br_netfilter: 'unknown' }), hasModules: false },
      'the modules of its running kernel 6.1.0-18-amd64 are not on the disk, so that these cannot be loaded: br_netfilter (services are reached through it between pods of one machine). Reboot it: its kernel was updated. If that changes nothing, install the package with the modules.',
    ],
    [
      'little memory',
      'ctl01',
      { memory: 800 },
      'has 800 MiB of memory; for etcd and controller it needs 900 MiB. Give it more memory, or fewer roles.',
    ],
    [
      'little disk',
      'ctl01',
      { disks: disks(4500) },
      'has 4.4 GiB of free disk for /var/lib/etcd and /var/log; as etcd and controller it needs 5 GiB. Make room, or give it a larger disk.',
    ],
    [
      'little disk where etcd has one of its own',
      'ctl01',
      { disks: disks(40_000, { '/var/lib/etcd': 2000 }) },
      'has 2 GiB of free disk for /var/lib/etcd; as etcd it needs 3 GiB. Make room, or give it a larger disk.',
    ],
    [
      'little disk where images have one of their own',
      'wrk01',
      { disks: disks(40_000, { '/var/lib/containerd': 3000 }) },
      'has 2.9 GiB of free disk for /var/lib/containerd; as node it needs 4 GiB. Make room, or give it a larger disk.',
    ],
    [
      'no room for binaries',
      'wrk01',
      { disks: disks(40_000, { '/opt': 300 }) },
      'has 300 MiB of free disk for /opt, and the binaries there need 700 MiB. Make room, or give it a larger disk.',
    ],
    [
      'ports in use',
      'ctl01',
      {
        listeners: [
          { protocol: 'tcp', port: 80, program: 'apache2' },
          { protocol: 'tcp', port: 2379 },
          { protocol: 'udp', port: 6443 },
        ],
      },
      'somebody listens on what the cluster needs: tcp 80 (health check over plain HTTP) by apache2, tcp 2379 (etcd, clients). Stop it and keep it from coming back ("ss -lntup" shows who it is), or take another machine.',
    ],
    [
      'leftovers',
      'wrk01',
      { leftovers: ['/var/lib/kubelet', '/etc/cni/net.d'], units: ['k3s', 'containerd'] },
      'has something of another cluster or container engine: /var/lib/kubelet, /etc/cni/net.d, k3s.service, containerd.service. Take that down with its own tool ("kubeadm reset", "k3s-uninstall.sh", "apt-get purge containerd"), then remove what is left of it.',
    ],
    [
      'another cluster of ours',
      'wrk01',
      {
        mark: `${'d'.repeat(32)}/wrk01/aa`,
        leftovers: ['/etc/kubernetes'],
        listeners: [{ protocol: 'tcp', port: 10250 }],
      },
      'belongs to another cluster of hardway (/var/lib/hardway/identity). Take it out of that one ("make down" with its STACK); where nobody can any more, run there: sudo sh /var/lib/hardway/host.sh release "$(sudo cat /var/lib/hardway/identity)". If it is this one, bring back hosts.test.yaml as it was committed.',
    ],
  ])('is %s, and said once', (_, name, facts, text) => {
    expect(faults(name, facts)).toEqual([`${name}: ${text}`]);
  });

  it('is an architecture other than the one its entry names', () => {
    const hosts = [
      { name: 'ctl01', roles: ['controller'], address: '10.0.0.11', architecture: 'amd64' },
      { name: 'wrk01', roles: ['worker'], address: '10.0.0.21' },
    ];
    expect(faults('ctl01', { architecture: 'arm64' }, hostsConfig({ hosts }))).toEqual([
      'ctl01: is arm64, and its entry says amd64. Put the architecture right in its entry, or leave it out: it is taken from the host.',
    ]);
  });

  it('is a kernel without openvswitch only where the fast datapath is not to be done without', () => {
    const lacking = features({ openvswitch: 'no', vxlan: 'no' });
    const weave = { cni: 'weave', weaveVersion: '2.9.0' };
    expect(faults('wrk01', lacking)).toEqual([]);
    expect(faults('wrk01', lacking, hostsConfig(weave))).toEqual([]);
    expect(faults('wrk01', lacking, hostsConfig({ ...weave, weaveFastDatapath: 'on' }))).toEqual([
      'wrk01: its kernel 6.1.0-18-amd64 lacks openvswitch (weaveFastDatapath is "on"), vxlan (weaveFastDatapath is "on"). Install the package with its modules (linux-modules-extra on Ubuntu), or another kernel.',
    ]);
    expect(faults('ctl01', features({ overlay: 'no' }))).toEqual([]);
  });

  it('is not what cannot be known in a container', () => {
    const facts = { ...features({ overlay: 'unknown' }), hasModules: false, container: true };
    expect(faults('wrk01', facts)).toEqual([]);
  });

  it('is not what is of this very cluster', () => {
    const own: Partial<HostFacts> = {
      mark: `${cluster}/wrk01/aa`,
      roles: ['node'],
      leftovers: ['/var/lib/kubelet'],
      units: ['kubelet', 'containerd'],
      listeners: [{ protocol: 'tcp', port: 10250 }],
      disks: disks(900),
    };
    expect(look('wrk01', own)).toEqual({ faults: [], warnings: [] });
    expect(faults('wrk01', { ...own, disks: disks(90) })).toEqual([
      'wrk01: has 90 MiB of free disk for /var/lib/containerd and /var/lib/kubelet; as node it needs 512 MiB. Make room, or give it a larger disk.',
    ]);
  });

  it('is not a container engine where no pods run', () => {
    expect(faults('lb01', { units: ['containerd'], leftovers: ['/etc/cni/net.d'] })).toEqual([]);
  });
});

describe('a warning', () => {
  it.each<[string, string, Partial<HostFacts>, string]>([
    [
      'little to spare',
      'ctl01',
      { memory: 1000, cpus: 1 },
      'has little for etcd and controller: 1000 MiB of memory where 1.7 GiB is advised, 1 processor where 2 are advised. It works for trying things out; give it more for real work.',
    ],
    [
      'little disk',
      'wrk01',
      { disks: disks(6144) },
      'has little for node: 6 GiB of free disk for /var/lib/containerd and /var/lib/kubelet where 10 GiB is advised. It works for trying things out; give it more for real work.',
    ],
    [
      'swap',
      'wrk01',
      { swap: ['/swap.img', '/dev/zram0'] },
      'swaps to /swap.img, /dev/zram0, which hardway turns off for good on nodes. Nothing needs to be done, unless something else there needs swap.',
    ],
    [
      'control groups of version 1',
      'wrk01',
      { cgroupVersion: 1 },
      'has control groups of version 1, which kubelet is told to accept; Kubernetes does not develop them any further. Boot it with systemd.unified_cgroup_hierarchy=1 on the kernel command line.',
    ],
    [
      'a taken node port',
      'wrk01',
      { listeners: [{ protocol: 'tcp', port: 31_000, program: 'game' }] },
      'somebody listens in the range of node ports: tcp 31000 (services of type NodePort) by game. Stop it, or choose another nodePortRange: a service that gets this port would not be reached here.',
    ],
    [
      'a web server that a role takes over',
      'lb01',
      { active: ['nginx', 'keepalived'] },
      'runs nginx, whose configuration hardway sets aside for its own: what it does now ends. Nothing needs to be done if nobody uses it. What was there comes back when the host is released.',
    ],
    [
      'a firewall',
      'lb01',
      { firewalls: ['ufw'] },
      'has a firewall that is on (ufw), and hardway tells it nothing. Let through what docs/reference/ports.md lists, or turn it off: what it keeps out the cluster does not get.',
    ],
    [
      'no default route',
      'wrk01',
      { hasDefaultRoute: false },
      'has no default route, without which it finds no way to the addresses of services. Give it one, even to an address that does not answer.',
    ],
  ])('is %s', (_, name, facts, text) => {
    expect(faults(name, facts)).toEqual([]);
    expect(warnings(name, facts)).toEqual([`${name}: ${text}`]);
  });

  it('about what a role takes over is none about what it set up itself, nor about others', () => {
    const own = { mark: `${cluster}/lb01/aa`, roles: ['load-balancer'], active: ['nginx'], firewalls: ['ufw'] };
    expect(warnings('lb01', own)).toEqual([]);
    expect(warnings('wrk01', { active: ['nginx', 'keepalived'] })).toEqual([]);
  });

  it('about nodes is none about others', () => {
    expect(warnings('lb01', { swap: ['/swap.img'], cgroupVersion: 1, hasDefaultRoute: false })).toEqual([]);
    expect(warnings('wrk01', { swap: ['/swap.img'], container: true })).toEqual([]);
  });
});
