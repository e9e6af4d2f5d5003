import type { ClusterOutputs } from '../../smoke/outputs.ts';

/** The outputs of a cluster of one controller and one worker. */
export const clusterOutputs: ClusterOutputs = {
  kubeconfig: 'apiVersion: v1\n',
  endpoint: 'https://127.0.0.1:1',
  clusterDomain: 'cluster.local',
  nodes: [{ name: 'w1', roles: ['worker'], address: '127.0.0.1', architecture: 'amd64', podCidr: '10.200.0.0/24' }],
  machines: [
    { name: 'c1', roles: ['etcd', 'controller'], address: '127.0.0.1', architecture: 'amd64' },
    { name: 'w1', roles: ['worker'], address: '127.0.0.1', architecture: 'arm64' },
  ],
  serviceCidr: '10.32.0.0/24',
  dnsServiceAddress: '10.32.0.10',
  machineSource: 'lab',
  ssh: {
    hosts: {
      c1: {
        ...{ address: '127.0.0.1', port: 1, user: 'root' },
        ...{ privateKey: 'a private key', hostKey: 'ssh-ed25519 AAAA1 comment\n' },
      },
      w1: {
        ...{ address: 'w1.example.com', port: 2222, user: 'ops', hostKey: 'ssh-ed25519 AAAA2' },
        bastion: {
          ...{ address: '192.0.2.1', port: 22, user: 'jumpuser' },
          ...{ privateKey: 'another private key', hostKey: 'ssh-ed25519 AAAA3' },
        },
      },
    },
  },
};
