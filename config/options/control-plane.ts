/** Options of the control plane. */
import { option } from './option.ts';
import { choice, count } from './schemas.ts';

/** The options, in the order a reader wants them. */
export const controlPlaneOptions = {
  encryptionProvider: option(
    choice(['aescbc', 'secretbox']),
    'aescbc',
    'How Secrets are encrypted in etcd: "aescbc" or "secretbox".',
    'https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/',
    { example: 'secretbox' },
  ),
  auditLogMaxAgeDays: option(
    count('days', 0, 3650),
    30,
    'How long the API server keeps an audit log file, in days, 0 (for ever) to 3650.',
    'kube-apiserver --audit-log-maxage',
    { example: 60 },
  ),
  auditLogMaxBackups: option(
    count('files', 0, 1000),
    3,
    'How many old audit log files the API server keeps, 0 (all) to 1000.',
    'kube-apiserver --audit-log-maxbackup',
    { example: 10 },
  ),
  auditLogMaxSizeMiB: option(
    count('MiB', 1, 10_240),
    100,
    'Size at which the API server starts a new audit log file, in MiB, 1 to 10240.',
    'kube-apiserver --audit-log-maxsize',
    { example: 200 },
  ),
} as const;
