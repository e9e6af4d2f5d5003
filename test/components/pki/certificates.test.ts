import { describe, expect, it } from '@jest/globals';
import {
  authorities,
  type CertificateSpec,
  certificateSpecs,
  certificates,
  installedOn,
  keyPairs,
} from '../../../components/pki/certificates.ts';
import { resolved } from '../../config/support.ts';

const config = resolved({
  labSubnet: '10.1.0.0/24',
  serviceCidr: '172.30.0.0/24',
  clusterDomain: 'example.internal',
  loadBalancers: [{ name: 'lb1', address: '10.1.0.5' }],
  etcdMembers: [{ name: 'etcd1', address: '10.1.0.7' }, 'cp1'],
  controllers: [
    { name: 'cp1', address: '10.1.0.11' },
    { name: 'cp2', address: '10.1.0.12' },
  ],
  workers: [{ name: 'arm', address: '10.1.0.21' }],
  controllersAsNodes: true,
  cni: 'bridge',
});
const table = certificateSpecs(config);
const row = (id: string): CertificateSpec => {
  const found = table.find((spec) => spec.id === id);
  if (!found) throw new Error(`no row ${id}`);
  return found;
};

describe('the certificate table', () => {
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
      'kubelet-client-cp1',
      'kubelet-client-cp2',
      'kubelet-client-arm',
      'kubelet-server-cp1',
      'kubelet-server-cp2',
      'kubelet-server-arm',
      'etcd-server-etcd1',
      'etcd-server-cp1',
      'etcd-peer-etcd1',
      'etcd-peer-cp1',
    ]);
  });

  it('names the API server by every name and address clients use', () => {
    expect(row('kube-apiserver').dnsNames).toEqual([
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.example.internal',
      'lb1',
      'cp1',
      'cp2',
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
    expect(row('etcd-peer-etcd1')).toMatchObject({
      dnsNames: ['etcd1', 'localhost'],
      ipAddresses: ['10.1.0.7', '127.0.0.1'],
    });
  });

  it('refuses a node that is no machine', () => {
    const derived = { ...config.derived, nodeMachines: ['ghost'] };
    expect(() => certificateSpecs({ ...config, derived })).toThrow('no machine named ghost');
  });

  it('puts every certificate somewhere, each file of a machine once, and says who uses it', () => {
    const rows = Object.entries({ ...authorities, ...certificates, ...keyPairs });
    for (const [name, { installed, usedBy }] of rows) {
      expect([name, Object.keys(installed).length > 0, usedBy.length > 0]).toEqual([name, true, true]);
    }
    const together = (['etcd', 'control-plane', 'node'] as const).flatMap(installedOn);
    const paths = together.flatMap(({ place }) => Object.values(place) as string[]);
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
    expect(paths.filter((path) => !path.startsWith('/'))).toEqual([]);
  });

  it('gives the keys of authorities to controllers alone, and only that which signs certificate requests', () => {
    const keys = (['etcd', 'control-plane', 'load-balancer', 'node'] as const).flatMap((role) =>
      installedOn(role).flatMap(({ name, place }) => (name.endsWith('-ca') && 'key' in place ? [[role, name]] : [])),
    );
    expect(keys).toEqual([['control-plane', 'kubernetes-ca']]);
  });
});
