import { describe, expect, it } from '@jest/globals';
import { type LeafSpec, leafTable } from '../../../components/pki/leaves.ts';
import type { Machine, Role } from '../../../components/remote/machine.ts';

const machine = (name: string, address: string, ...roles: Role[]) => ({ name, address, roles }) as unknown as Machine;

const table = leafTable({
  machines: [
    machine('front', '10.1.0.5', 'loadBalancer'),
    machine('store', '10.1.0.7', 'etcd'),
    machine('etcd1', '10.1.0.11', 'controller', 'etcd'),
    machine('etcd2', '10.1.0.12', 'controller'),
    machine('arm', '10.1.0.21', 'worker'),
  ],
  nodes: ['arm', 'etcd1'],
  etcdMembers: ['store', 'etcd1'],
  clusterDomain: 'example.internal',
  firstServiceAddress: '172.30.0.1',
  controlPlaneEndpoint: '10.1.0.5',
});
const row = (id: string): LeafSpec => {
  const found = table.find((one) => one.id === id);
  if (!found) throw new Error(`no row ${id}`);
  return found;
};

describe('the table of leaf certificates', () => {
  it('has a row for every identity and none besides', () => {
    expect(table.map((one) => one.id)).toEqual([
      'admin',
      'kube-controller-manager',
      'kube-scheduler',
      'kube-proxy',
      'kube-apiserver',
      'kube-apiserver-kubelet-client',
      'kube-apiserver-etcd-client',
      'front-proxy-client',
      'kubelet-client-arm',
      'kubelet-server-arm',
      'kubelet-client-etcd1',
      'kubelet-server-etcd1',
      'etcd-server-store',
      'etcd-peer-store',
      'etcd-server-etcd1',
      'etcd-peer-etcd1',
    ]);
  });

  it('names the API server by every name and address clients use', () => {
    expect(row('kube-apiserver').dnsNames).toEqual([
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.example.internal',
      'front',
      'etcd1',
      'etcd2',
    ]);
    expect(row('kube-apiserver').ipAddresses).toEqual([
      '172.30.0.1',
      '127.0.0.1',
      '10.1.0.5',
      '10.1.0.11',
      '10.1.0.12',
    ]);
  });

  it('gives each user the name and group that Kubernetes reads', () => {
    const users = ['admin', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet-client-arm'].map(
      (id) => [row(id).commonName, row(id).organization],
    );
    expect(users).toEqual([
      ['admin', 'system:masters'],
      ['system:kube-controller-manager', undefined],
      ['system:kube-scheduler', undefined],
      ['system:kube-proxy', 'system:node-proxier'],
      ['system:node:arm', 'system:nodes'],
    ]);
  });

  it('lets a client be no server and a server no client, but for etcd members, which are both', () => {
    for (const one of table) {
      const both = one.id.startsWith('etcd-');
      const server = one.id === 'kube-apiserver' || one.id.startsWith('kubelet-server-');
      expect([one.id, one.usages]).toEqual([
        one.id,
        both ? ['server_auth', 'client_auth'] : [server ? 'server_auth' : 'client_auth'],
      ]);
    }
  });

  it('has the etcd authority sign for etcd alone', () => {
    for (const one of table)
      expect(one.authority === 'etcd').toBe(one.id.startsWith('etcd-') || one.id === 'kube-apiserver-etcd-client');
    expect(row('front-proxy-client').authority).toBe('front-proxy');
  });

  it('puts a machine and its address on what it serves', () => {
    expect(row('kubelet-server-arm')).toMatchObject({ dnsNames: ['arm'], ipAddresses: ['10.1.0.21'] });
    expect(row('etcd-peer-store')).toMatchObject({
      dnsNames: ['store', 'localhost'],
      ipAddresses: ['10.1.0.7', '127.0.0.1'],
    });
  });

  it('refuses a node that is no machine', () => {
    expect(() =>
      leafTable({
        machines: [],
        nodes: ['ghost'],
        etcdMembers: [],
        clusterDomain: 'x',
        firstServiceAddress: '10.0.0.1',
        controlPlaneEndpoint: 'x',
      }),
    ).toThrow('no machine is named ghost');
  });
});
