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
  etcdQuotaMiB: option(
    count('MiB', 0, 8192),
    0,
    'Largest size of the etcd database on a member, in MiB, 100 to 8192: past it etcd takes no more writes until objects are deleted or this is raised. It is a limit, and nothing is set aside. 0: a fifth of the disk that holds it, 512 to 8192.',
    'etcd --quota-backend-bytes',
    { example: 4096 },
  ),
  etcdSnapshotHours: option(
    count('hours', 0, 168),
    6,
    'How often every etcd member takes a snapshot of the database, one member after the other, in hours, 1 to 168. They lie in /var/lib/hardway/snapshots of the member. 0: never by itself; one is taken before each change of versions or members all the same.',
    'https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/#backing-up-an-etcd-cluster',
    { example: 1 },
  ),
  etcdSnapshotsKept: option(
    count('snapshots', 1, 1000),
    8,
    'How many snapshots every etcd member keeps, 1 to 1000.',
    'components/etcd/snapshot.sh',
    { example: 28 },
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
