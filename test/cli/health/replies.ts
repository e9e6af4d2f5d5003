import type { ClusterReplies } from '../../../cli/health/ask.ts';
import type { ClusterOutputs } from '../../../smoke/outputs.ts';
import { clusterOutputs } from '../../smoke/cluster.ts';

/** The outputs of a cluster of a load balancer, two members on controllers, one elsewhere, and a worker. */
export const outputs: ClusterOutputs = {
  ...clusterOutputs,
  endpoint: 'https://10.0.0.10:6443',
  nodes: [{ name: 'w1', roles: ['worker'], address: '10.0.0.100', architecture: 'amd64' }],
  podNetwork: { name: 'weave', enforcesPolicies: true },
  machines: [
    { name: 'lb1', roles: ['loadBalancer'], address: '10.0.0.10', architecture: 'amd64' },
    { name: 'c1', roles: ['etcd', 'controller'], address: '10.0.0.20', architecture: 'amd64' },
    { name: 'e1', roles: ['etcd'], address: '10.0.0.30', architecture: 'amd64' },
    { name: 'w1', roles: ['worker'], address: '10.0.0.100', architecture: 'amd64' },
  ],
};

/** `etcdctl member list --write-out=json`. */
export const memberList = (...members: object[]): string =>
  `member ${JSON.stringify({ header: { cluster_id: 1 }, members })}`;

const listed = memberList(
  { ID: 1, name: 'c1', peerURLs: ['https://10.0.0.20:2380'], clientURLs: ['https://10.0.0.20:2379'] },
  { ID: 2, name: 'e1', peerURLs: ['https://10.0.0.30:2380'], clientURLs: ['https://10.0.0.30:2379'] },
);
const healthy = 'endpoint [{"endpoint":"https://10.0.0.20:2379","health":true,"took":"5ms"}]';

/** A Node as the API lists it. */
export const node = (name: string, status: string, message = '') => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status, message }], nodeInfo: { kubeletVersion: 'v1' } },
});

export const json = (...items: object[]) => ({ text: JSON.stringify({ items }) });

/** What that cluster answers when all is well. */
export const wellReplies: ClusterReplies = {
  ready: { text: '[+]ping ok\n[+]etcd ok\nreadyz check passed\n' },
  nodes: json(node('w1', 'True')),
  dns: json({ endpoints: [{ conditions: { ready: true } }, { conditions: { ready: false } }] }),
  machines: {
    lb1: { text: '' },
    c1: { text: `${listed}\n${healthy}` },
    e1: { text: `${listed}\n${healthy}` },
    w1: { text: '' },
  },
};
