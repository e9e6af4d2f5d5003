import { describe, expect, it } from '@jest/globals';
import type { ClusterConfig } from '../../../config/schema.ts';
import { machineNamed } from '../../../config/schema.ts';
import { checkHost } from '../../../preflight/checks/index.ts';
import { renderHostDiagnostic } from '../../../preflight/diagnostic.ts';
import type { HostFacts } from '../../../preflight/facts.ts';
import { lock } from '../../config/support.ts';
import { disks, hostsConfig, soundFacts } from '../support.ts';

const cluster = 'c'.repeat(32);

function faults(name: string, more: Partial<HostFacts>, config: ClusterConfig = hostsConfig()): string[] {
  return checkHost(machineNamed(config, name), soundFacts(more), { config, lock, cluster }).faults.map(
    renderHostDiagnostic,
  );
}

describe('a fault of a host among others', () => {
  it('is a mark of this cluster with another name: what the claim would refuse in the midst of an update', () => {
    expect(faults('wrk01', { mark: `${cluster}/wrk02/aa`, roles: ['node'] })).toEqual([
      'wrk01: this machine is wrk02 of this cluster and cannot be wrk01 too. Take wrk02 out first: remove it from hardway:hosts, update, then add it by its new name. If only addresses were mixed up, put them right.',
    ]);
  });

  it('is what is in the way of a duty that a host of this cluster is to get', () => {
    const hosts = [{ name: 'ctl01', roles: ['controller', 'etcd'], address: '10.0.0.11' }];
    const asNode = hostsConfig({ hosts, controllersAsNodes: true });
    const facts: Partial<HostFacts> = {
      mark: `${cluster}/ctl01/aa`,
      roles: ['control-plane', 'etcd'],
      units: ['etcd', 'kube-apiserver', 'containerd'],
      leftovers: ['/etc/kubernetes', '/var/lib/etcd'],
      listeners: [6443, 2379, 80, 10_250].map((port) => ({ protocol: 'tcp', port })),
      disks: disks(1000),
    };
    expect(faults('ctl01', facts)).toEqual([]);
    expect(faults('ctl01', facts, asNode)).toEqual([
      'ctl01: has 1000 MiB of free disk for /var/lib/etcd, /var/log, /var/lib/containerd and /var/lib/kubelet; as etcd and controller and node it needs 5 GiB. Make room, or give it a larger disk.',
      'ctl01: somebody listens on what the cluster needs: tcp 10250 (kubelet). Stop it and keep it from coming back ("ss -lntup" shows who it is), or take another machine.',
      'ctl01: has something of another cluster or container engine: containerd.service. Take that down with its own tool ("kubeadm reset", "k3s-uninstall.sh", "apt-get purge containerd"), then remove what is left of it.',
    ]);
    const there = { ...facts, roles: ['control-plane', 'etcd', 'node'] };
    expect(faults('ctl01', there, asNode)).toEqual([]);
  });

  describe('of networks', () => {
    const settings = {
      hosts: [
        { name: 'ctl01', roles: ['controller'], address: '10.0.0.11' },
        { name: 'wrk01', roles: ['worker'], address: '10.0.0.21' },
        { name: 'lb01', roles: ['loadBalancer'], address: '10.0.0.5' },
        { name: 'lb02', roles: ['loadBalancer'], address: '10.0.0.6' },
      ],
      loadBalancerAddress: '10.0.0.9',
    };
    const balanced = hostsConfig(settings);
    const networks = ['127.0.0.1/8', '10.0.0.5/29'];

    it('is a moving address in no network of a load balancer', () => {
      const weave = hostsConfig({ ...settings, cni: 'weave', weaveVersion: '2.9.0' });
      expect(faults('lb01', { networks }, weave)).toEqual([
        'lb01: is in no network with hardway:loadBalancerAddress, 10.0.0.9; it has 10.0.0.5/29. Set it to a free address of the network that all load balancers are in.',
      ]);
      expect(faults('ctl01', { networks }, weave)).toEqual([]);
      expect(faults('lb01', { networks: ['10.0.0.5/28'] }, weave)).toEqual([]);
    });

    it('is a moving address that a machine has which is no load balancer of this cluster', () => {
      const addresses = ['10.0.0.11', '10.0.0.5', '10.0.0.9'];
      const text =
        'has the address 10.0.0.9, which is hardway:loadBalancerAddress and is to move between the load balancers. Choose an address that no machine has.';
      expect(faults('ctl01', { addresses }, balanced)).toEqual([`ctl01: ${text}`]);
      expect(faults('lb01', { addresses }, balanced)).toEqual([`lb01: ${text}`]);
      const own = { addresses, mark: `${cluster}/lb01/aa`, roles: ['load-balancer'] };
      expect(faults('lb01', own, balanced)).toEqual([]);
    });

    it('is a router between machines on the bridge, which Weave Net does not mind', () => {
      expect(faults('ctl01', { networks: ['10.0.0.11/28'] })).toEqual([
        'ctl01: is in no network with wrk01 (10.0.0.21), and with hardway:cni "bridge" there must be no router between machines. Put all hosts into one network, or set hardway:cni to weave.',
      ]);
      expect(faults('ctl01', { networks: ['10.0.0.11/28', '10.0.0.17/28'] })).toEqual([]);
      expect(
        faults('ctl01', { networks: ['10.0.0.11/28'] }, hostsConfig({ cni: 'weave', weaveVersion: '2.9.0' })),
      ).toEqual([]);
      expect(faults('ctl01', { networks: ['10.0.0.11/32'] })).toEqual([]);
    });
  });
});
