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
const errors = (...args: Parameters<typeof look>): string[] => look(...args).errors.map(renderHostDiagnostic);
const warnings = (...args: Parameters<typeof look>): string[] => look(...args).warnings.map(renderHostDiagnostic);
const features = (some: Record<string, Feature>): Pick<HostFacts, 'features'> => ({
  features: new Map([...soundFacts().features, ...Object.entries(some)]),
});

describe('a host with nothing wrong', () => {
  it.each(['ctl01', 'wrk01', 'lb01'])('%s is not complained about', (name) => {
    expect(look(name, {})).toEqual({ errors: [], warnings: [] });
  });

  it.each(['debian 12', 'debian 13', 'ubuntu 22.04', 'ubuntu 24.04'])('may run %s', (os) => {
    expect(errors('wrk01', { os })).toEqual([]);
  });

  it('may be of any architecture of the lock when its entry names none', () => {
    expect(errors('wrk01', { architecture: 'arm64' })).toEqual([]);
  });
});

describe('a fault', () => {
  it.each<[string, string, Partial<HostFacts>, string]>([
    [
      'another system',
      'lb01',
      { os: 'fedora 43', init: 'init' },
      'runs fedora 43; supported: debian 12, debian 13, ubuntu 22.04, ubuntu 24.04. Fix: Install a supported system, or use another machine.',
    ],
    [
      'no system at all',
      'lb01',
      { os: ' ' },
      'runs a system without /etc/os-release; supported: debian 12, debian 13, ubuntu 22.04, ubuntu 24.04. Fix: Install a supported system, or use another machine.',
    ],
    ['no systemd', 'wrk01', { init: 'tini' }, 'process 1 is tini, but systemd is required. Fix: Boot it with systemd.'],
    [
      'no apt',
      'wrk01',
      { hasApt: false },
      'has no apt-get, which installs its packages. Fix: Install the package apt.',
    ],
    [
      'no root',
      'wrk01',
      { isRoot: false },
      'does not run commands as root. Fix: Allow the user sudo for all commands.',
    ],
    [
      'an architecture without artifacts',
      'wrk01',
      { architecture: 'riscv64' },
      'is riscv64, but the artifact lock only has amd64, arm64. Fix: Use another machine.',
    ],
    [
      'another address',
      'wrk01',
      { addresses: ['127.0.0.1', '192.0.2.7'] },
      'has no interface with the address 10.0.0.21; it has 192.0.2.7. Fix: Set address to the one that it has in the network of the cluster, and sshAddress to the one that SSH uses.',
    ],
    [
      'no machine-id',
      'wrk01',
      { machineId: '' },
      'has no /etc/machine-id, which systemd and the pod network identify machines by. Fix: Run "systemd-machine-id-setup" on it.',
    ],
    [
      'a kernel that lacks something',
      'wrk01',
      features({ overlay: 'no', nf_tables: 'no', ip_tables: 'no' }),
      'has a kernel, 6.1.0-18-amd64, without overlay (for containers), nf_tables or ip_tables (for services and network policies). Fix: Install the package with the modules (linux-modules-extra on Ubuntu), or use another kernel.',
    ],
    [
      'modules of another kernel',
      'wrk01',
      { ...features({ br_netfilter: 'unknown' }), hasModules: false },
      'has no modules on disk for its running kernel 6.1.0-18-amd64; these cannot be loaded: br_netfilter (for services between pods of one machine). Fix: Reboot it if its kernel was updated; otherwise install the package with the modules.',
    ],
    [
      'little memory',
      'ctl01',
      { memory: 800 },
      'has 800 MiB of memory; for etcd and controller it needs 900 MiB. Fix: Give it more memory, or fewer roles.',
    ],
    [
      'little disk',
      'ctl01',
      { disks: disks(4500) },
      'has 4.4 GiB of free disk for /var/lib/etcd and /var/log; as etcd and controller it needs 5 GiB. Fix: Free some space, or use a larger disk.',
    ],
    [
      'little disk where etcd has one of its own',
      'ctl01',
      { disks: disks(40_000, { '/var/lib/etcd': 2000 }) },
      'has 2 GiB of free disk for /var/lib/etcd; as etcd it needs 3 GiB. Fix: Free some space, or use a larger disk.',
    ],
    [
      'little disk where images have one of their own',
      'wrk01',
      { disks: disks(40_000, { '/var/lib/containerd': 3000 }) },
      'has 2.9 GiB of free disk for /var/lib/containerd; as node it needs 4 GiB. Fix: Free some space, or use a larger disk.',
    ],
    [
      'no room for binaries',
      'wrk01',
      { disks: disks(40_000, { '/opt': 300 }) },
      'has 300 MiB of free disk for /opt, but the binaries there need 700 MiB. Fix: Free some space, or use a larger disk.',
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
      'port 80/tcp is in use by apache2, needed for: health check over plain HTTP. port 2379/tcp is in use, needed for: etcd, clients. Fix: Stop and disable these programs ("ss -lntup" shows them), or use another machine.',
    ],
    [
      'leftovers',
      'wrk01',
      { leftovers: ['/var/lib/kubelet', '/etc/cni/net.d'], units: ['k3s', 'containerd'] },
      'has leftovers of another cluster or container engine: /var/lib/kubelet, /etc/cni/net.d, k3s.service, containerd.service. Fix: Uninstall it with its own tool ("kubeadm reset", "k3s-uninstall.sh", "apt-get purge containerd"), then delete what remains.',
    ],
    [
      'another cluster of ours',
      'wrk01',
      {
        mark: `${'d'.repeat(32)}/wrk01/aa`,
        leftovers: ['/etc/kubernetes'],
        listeners: [{ protocol: 'tcp', port: 10250 }],
      },
      'belongs to another hardway cluster (/var/lib/hardway/identity). Fix: Remove it from that cluster ("make down" with its STACK); if that is no longer possible, run on the host: sudo sh /var/lib/hardway/host.sh release "$(sudo cat /var/lib/hardway/identity)". If it is this cluster, restore hosts.test.yaml as committed.',
    ],
  ])('is %s, and said once', (_, name, facts, text) => {
    expect(errors(name, facts)).toEqual([`${name}: ${text}`]);
  });

  it('is an architecture other than the one its entry names', () => {
    const hosts = [
      { name: 'ctl01', roles: ['controller'], address: '10.0.0.11', architecture: 'amd64' },
      { name: 'wrk01', roles: ['worker'], address: '10.0.0.21' },
    ];
    expect(errors('ctl01', { architecture: 'arm64' }, hostsConfig({ hosts }))).toEqual([
      'ctl01: is arm64, but its entry says amd64. Fix: Correct the architecture in its entry, or leave it out: it is then detected.',
    ]);
  });

  it('is a kernel without openvswitch only where the fast datapath is not to be done without', () => {
    const lacking = features({ openvswitch: 'no', vxlan: 'no' });
    const weave = { cni: 'weave', weaveVersion: '2.9.0' };
    expect(errors('wrk01', lacking)).toEqual([]);
    expect(errors('wrk01', lacking, hostsConfig(weave))).toEqual([]);
    expect(errors('wrk01', lacking, hostsConfig({ ...weave, weaveFastDatapath: 'on' }))).toEqual([
      'wrk01: has a kernel, 6.1.0-18-amd64, without openvswitch (weaveFastDatapath is "on"), vxlan (weaveFastDatapath is "on"). Fix: Install the package with the modules (linux-modules-extra on Ubuntu), or use another kernel.',
    ]);
    expect(errors('ctl01', features({ overlay: 'no' }))).toEqual([]);
  });

  it('is not what cannot be known in a container', () => {
    const facts = { ...features({ overlay: 'unknown' }), hasModules: false, container: true };
    expect(errors('wrk01', facts)).toEqual([]);
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
    expect(look('wrk01', own)).toEqual({ errors: [], warnings: [] });
    expect(errors('wrk01', { ...own, disks: disks(90) })).toEqual([
      'wrk01: has 90 MiB of free disk for /var/lib/containerd and /var/lib/kubelet; as node it needs 512 MiB. Fix: Free some space, or use a larger disk.',
    ]);
  });

  it('is not a container engine where no pods run', () => {
    expect(errors('lb01', { units: ['containerd'], leftovers: ['/etc/cni/net.d'] })).toEqual([]);
  });
});

describe('a warning', () => {
  it.each<[string, string, Partial<HostFacts>, string]>([
    [
      'little to spare',
      'ctl01',
      { memory: 1000, cpus: 1 },
      'is below the recommendation for etcd and controller: 1000 MiB of memory (1.7 GiB recommended), 1 processor (2 recommended). Fix: Enough for tests; add resources for production.',
    ],
    [
      'little disk',
      'wrk01',
      { disks: disks(6144) },
      'is below the recommendation for node: 6 GiB of free disk for /var/lib/containerd and /var/lib/kubelet (10 GiB recommended). Fix: Enough for tests; add resources for production.',
    ],
    [
      'swap',
      'wrk01',
      { swap: ['/swap.img', '/dev/zram0'] },
      'uses swap (/swap.img, /dev/zram0), which hardway turns off permanently on nodes. Fix: None needed, unless something else on the host needs swap.',
    ],
    [
      'control groups of version 1',
      'wrk01',
      { cgroupVersion: 1 },
      'uses cgroup v1, which Kubernetes no longer develops; kubelet is configured to accept it. Fix: Boot it with systemd.unified_cgroup_hierarchy=1 on the kernel command line.',
    ],
    [
      'a taken node port',
      'wrk01',
      { listeners: [{ protocol: 'tcp', port: 31_000, program: 'game' }] },
      'port 31000/tcp is in use by game, needed for: services of type NodePort. Fix: Stop the program, or choose another nodePortRange: a service with this port would be unreachable on this host.',
    ],
    [
      'a web server that a role takes over',
      'lb01',
      { active: ['nginx', 'keepalived'] },
      'runs nginx, whose configuration hardway replaces: its current service ends. Fix: None needed if it is not in use. Its configuration is restored when the host is released.',
    ],
    [
      'a firewall',
      'lb01',
      { firewalls: ['ufw'] },
      'has an active firewall (ufw), which hardway does not configure. Fix: Allow the ports that docs/reference/ports.md lists, or turn the firewall off.',
    ],
    [
      'no default route',
      'wrk01',
      { hasDefaultRoute: false },
      'has no default route, so service addresses are unreachable from it. Fix: Add a default route, even to an address that does not answer.',
    ],
  ])('is %s', (_, name, facts, text) => {
    expect(errors(name, facts)).toEqual([]);
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
