/** Options of the cluster as a whole. */
import { option } from './option.ts';
import { choice, domain, label } from './schemas.ts';

/** The options, in the order a reader wants them. */
export const clusterOptions = {
  clusterName: option(
    label,
    'hardway',
    'Name of the cluster, in kubeconfigs and in the controller manager. A DNS label.',
    'kube-controller-manager --cluster-name',
    { example: 'blue' },
  ),
  clusterDomain: option(
    domain,
    'cluster.local',
    'DNS domain of the cluster: services are <name>.<namespace>.svc.<domain>. At most 121 characters.',
    'KubeletConfiguration clusterDomain',
    { example: 'blue.internal' },
  ),
  machines: option(
    choice(['lab', 'hosts', 'aws']),
    'lab',
    'Where the machines come from: "lab" runs them as systemd containers on this machine; "hosts" uses existing machines, over SSH; "aws" creates Amazon EC2 instances.',
    'components/machines/',
    { example: 'hosts' },
  ),
} as const;
