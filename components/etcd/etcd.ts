import type { ClusterConfig } from '../../config/schema.ts';
import {
  executableFile,
  type InstalledCertificate,
  type InstalledPair,
  installedFiles,
  publicFile,
} from '../../lib/format/certificates.ts';
import { flags } from '../../lib/format/flags.ts';
import { binaryLinks, type FilePlan, joinPrograms, type RolePlan } from '../../lib/format/role.ts';
import { readScript, scriptLines } from '../../lib/format/script.ts';
import { shellQuote } from '../../lib/format/shell.ts';
import { renderTask, renderTimer, renderUnit } from '../../lib/format/systemd.ts';

/** A member of the etcd cluster. */
export interface EtcdMember {
  /** Name of the member: its machine's. */
  readonly name: string;
  /** Address that peers and clients reach it at. */
  readonly address: string;
}

/** What a snapshot is compared with before it is restored. It holds no secret. */
export interface BackupIdentity {
  readonly cluster: string;
  /** Provider and digest of the key of encryption at rest. */
  readonly encryption: string;
}

/** Arguments of {@link planEtcd}. */
export interface EtcdPlanArgs {
  readonly config: ClusterConfig;
  /** The member this machine runs; also one of `members`. */
  readonly member: EtcdMember;
  /** Every member, this one included, in a fixed order. */
  readonly members: readonly EtcdMember[];
  /** Which cluster a snapshot is of, and what encrypts the Secrets in it: texts that a restore compares. */
  readonly identity: BackupIdentity;
  /** `new` for the members that the cluster begins with; `existing` for one that joins it later. Default `new`. */
  readonly initialClusterState?: 'new' | 'existing';
  readonly certificates: {
    /** Signs what peers, servers and clients show. */
    readonly 'etcd-ca': InstalledCertificate;
    /** Serves clients, and is this machine's own client certificate for `etcdctl`. */
    readonly 'etcd-server': InstalledPair;
    readonly 'etcd-peer': InstalledPair;
  };
  /**
   * Hours of history kept by etcd's own compaction. Default 8. The API server compacts every 5 minutes already; this
   * one matters while no API server runs.
   */
  readonly compactionRetentionHours?: number;
}

const DATA = '/var/lib/etcd';
const BOOTSTRAP = '/etc/etcd/bootstrap.env';
const ETCDCTL_ENVIRONMENT = '/etc/etcd/etcdctl.env';
const JOIN = '/etc/etcd/join';
/** Written by {@link JOIN} for the start that joins, and overrides {@link BOOTSTRAP}. */
const JOIN_ENVIRONMENT = '/run/etcd-join.env';
const PROMOTE = '/etc/etcd/promote';
const QUOTA = '/etc/etcd/quota';
/** Written by {@link QUOTA} at each start. */
const QUOTA_ENVIRONMENT = '/run/etcd-quota.env';
const DEFRAGMENT = '/etc/etcd/defragment';
const SNAPSHOTS = '/var/lib/hardway/snapshots';
/** Takes a snapshot on this member. */
export const SNAPSHOT = '/etc/etcd/snapshot';

/** The client URL of a member, as the API server and `etcdctl` take it. */
export function etcdClientUrl(member: EtcdMember): string {
  return `https://${member.address}:2379`;
}

/** The URL that the other members reach a member at. */
function etcdPeerUrl(member: EtcdMember): string {
  return `https://${member.address}:2380`;
}

/**
 * One etcd member: mutual TLS with peers and clients, data in /var/lib/etcd, metrics on 127.0.0.1:2381.
 *
 * @throws Error when the member is not one of the members
 */
export function planEtcd(args: EtcdPlanArgs): RolePlan {
  const { config, member, certificates } = args;
  if (!args.members.some(({ name, address }) => name === member.name && address === member.address)) {
    throw new Error(`etcd member ${member.name} (${member.address}) is not among the members given`);
  }
  const material = installedFiles(certificates['etcd-ca'], certificates['etcd-server'], certificates['etcd-peer']);
  return joinPrograms({
    files: {
      ...material,
      [BOOTSTRAP]: publicFile(bootstrapEnvironment(args)),
      [ETCDCTL_ENVIRONMENT]: publicFile(etcdctlEnvironment(args)),
      [JOIN]: executableFile(joinScript(args)),
      [PROMOTE]: executableFile(promoteScript(args)),
      ...(hasOwnQuota(config) ? {} : { [QUOTA]: executableFile(readScript(import.meta.dirname, 'quota.sh')) }),
      [DEFRAGMENT]: executableFile(readScript(import.meta.dirname, 'defragment.sh')),
      '/etc/systemd/system/etcd.service': publicFile(unit(args)),
      ...defragmentation(args),
      [SNAPSHOT]: executableFile(snapshotScript(args)),
      ...snapshotUnits(args),
    },
    directories: { '/etc/etcd': 0o755, '/etc/etcd/pki': 0o755, [DATA]: 0o700, [SNAPSHOTS]: 0o700 },
    links: binaryLinks('etcd', config.etcdVersion, ['etcd', 'etcdctl', 'etcdutl']),
    services: [
      // It reads its own certificates for each connection anew, so that renewing them stops nothing.
      { unit: 'etcd.service', restartOn: ['/usr/local/bin/etcd', certificates['etcd-ca'].certificate.path] },
      { unit: 'etcd-defragment.timer', restartOn: [] },
      ...(config.etcdSnapshotHours > 0 ? [{ unit: 'etcd-snapshot.timer', restartOn: [] }] : []),
    ],
    mayStop: scriptLines(import.meta.dirname, 'may-stop.sh', { CLIENT_URL: etcdClientUrl(member) }),
    health: ['(', ...scriptLines(import.meta.dirname, 'health.sh'), ')'].join('\n'),
  });
}

/** Whether the largest size of the database is configured, and not the disk's to say. */
const hasOwnQuota = ({ etcdQuotaMiB, etcdExtraArgs }: EtcdPlanArgs['config']): boolean =>
  etcdQuotaMiB > 0 || 'quota-backend-bytes' in etcdExtraArgs;

/** The minute of an hour, from the given one to the 54th, that is one member's alone: what its timers start must not meet. */
function minuteOf(member: EtcdMember, members: readonly EtcdMember[], first: number): string {
  const place = members.findIndex(({ name }) => name === member.name);
  return String(first + Math.floor(((55 - first) * place) / members.length)).padStart(2, '0');
}

/** The units that give back space, each hour, on one member after the other. */
function defragmentation({ member, members }: EtcdPlanArgs): Record<string, FilePlan> {
  const documentation = 'https://etcd.io/docs/latest/op-guide/maintenance/';
  const minute = minuteOf(member, members, 5);
  return {
    '/etc/systemd/system/etcd-defragment.service': publicFile(
      renderTask({
        description: 'etcd-defragment',
        documentation,
        after: ['etcd.service'],
        start: { binary: DEFRAGMENT },
      }),
    ),
    '/etc/systemd/system/etcd-defragment.timer': publicFile(
      renderTimer({ description: 'etcd-defragment, each hour', documentation, calendar: `*-*-* *:${minute}:00` }),
    ),
  };
}

function snapshotScript({ config, identity }: EtcdPlanArgs): string {
  return readScript(import.meta.dirname, 'snapshot.sh', {
    CLUSTER: identity.cluster,
    ENCRYPTION: identity.encryption,
    KUBERNETES: config.kubernetesVersion,
    ETCD: config.etcdVersion,
    MOST: config.etcdSnapshotsKept + 1,
  });
}

/** The units that take snapshots, on one member after the other. */
function snapshotUnits({ config, member, members }: EtcdPlanArgs): Record<string, FilePlan> {
  const hours = config.etcdSnapshotHours;
  const documentation = 'https://etcd.io/docs/latest/op-guide/recovery/';
  const task = renderTask({
    description: 'etcd-snapshot',
    documentation,
    after: ['etcd.service'],
    start: { binary: SNAPSHOT },
  });
  const minute = minuteOf(member, members, 0);
  // The calendar begins anew each day: what does not divide a day is taken at the next hour that does.
  const calendar = hours >= 24 ? `*-*-1/${Math.floor(hours / 24)} 00:${minute}:00` : `*-*-* 0/${hours}:${minute}:00`;
  return {
    '/etc/systemd/system/etcd-snapshot.service': publicFile(task),
    ...(hours > 0
      ? {
          '/etc/systemd/system/etcd-snapshot.timer': publicFile(
            renderTimer({ description: `etcd-snapshot, every ${hours} h`, documentation, calendar }),
          ),
        }
      : {}),
  };
}

function unit(args: EtcdPlanArgs): string {
  const { address, name } = args.member;
  const { etcdQuotaMiB } = args.config;
  const ownQuota = hasOwnQuota(args.config);
  const { 'etcd-ca': ca, 'etcd-server': server, 'etcd-peer': peer } = args.certificates;
  return renderUnit({
    description: 'etcd',
    documentation: 'https://etcd.io/docs/',
    type: 'notify',
    environmentFiles: [BOOTSTRAP, `-${JOIN_ENVIRONMENT}`, ...(ownQuota ? [] : [`-${QUOTA_ENVIRONMENT}`])],
    startPre: [...(ownQuota ? [] : [{ binary: QUOTA }]), { binary: JOIN }],
    startPost: [{ binary: PROMOTE }, { binary: DEFRAGMENT, arguments: ['after-start'], mayFail: true }],
    start: {
      binary: '/usr/local/bin/etcd',
      arguments: flags({
        name,
        'data-dir': DATA,
        'listen-peer-urls': etcdPeerUrl(args.member),
        'initial-advertise-peer-urls': etcdPeerUrl(args.member),
        'listen-client-urls': [`https://${address}:2379`, 'https://127.0.0.1:2379'],
        'advertise-client-urls': etcdClientUrl(args.member),
        'listen-metrics-urls': 'http://127.0.0.1:2381',
        'client-cert-auth': true,
        'trusted-ca-file': ca.certificate.path,
        'cert-file': server.certificate.path,
        'key-file': server.key.path,
        'peer-client-cert-auth': true,
        'peer-trusted-ca-file': ca.certificate.path,
        'peer-cert-file': peer.certificate.path,
        'peer-key-file': peer.key.path,
        'tls-min-version': 'TLS1.2',
        'auto-compaction-mode': 'periodic',
        'auto-compaction-retention': `${args.compactionRetentionHours ?? 8}h`,
        'quota-backend-bytes': etcdQuotaMiB > 0 ? etcdQuotaMiB * 1024 * 1024 : undefined,
        // The API server answers list requests from its watch cache only while etcd reports progress this often.
        'watch-progress-notify-interval': '5s',
        ...args.config.etcdExtraArgs,
      }),
    },
    // A member is ready only with a quorum, and how long the others take is not this machine's to know.
    startTimeoutSeconds: 'infinity',
    settings: { LimitNOFILE: 65536 },
  });
}

/**
 * A shell condition on a member: removes the members that leave from etcd's list, one each time it is tried, and holds once it lists exactly these members, all started and voting, and all answer; prints what is missing.
 *
 * @param members - the wanted members
 */
export function membersCondition(members: readonly EtcdMember[]): string {
  const wanted = members.map((member) => `${member.name},${etcdPeerUrl(member)},${etcdClientUrl(member)}`);
  return scriptLines(import.meta.dirname, 'members.sh', { WANTED: wanted.join(' ') }).join('\n');
}

/** What runs after each start: has this member promoted where it is a learner. */
function promoteScript({ member, members }: EtcdPlanArgs): string {
  const others = members.filter(({ name }) => name !== member.name);
  return readScript(import.meta.dirname, 'promote.sh', {
    PEER_URL: etcdPeerUrl(member),
    MEMBERS: { code: [member, ...others].map(etcdClientUrl).join(' ') },
  });
}

/** What runs before each start: decides between the data that is there, joining, and beginning a new cluster. */
function joinScript({ member, members }: EtcdPlanArgs): string {
  const others = members.filter(({ name }) => name !== member.name).map(etcdClientUrl);
  return readScript(import.meta.dirname, 'join.sh', {
    NAME: member.name,
    PEER_URL: etcdPeerUrl(member),
    OTHERS: { code: others.join(' ') },
  });
}

/**
 * What only the first start of a member reads. In a file of its own that restarts nothing: otherwise adding a member
 * would restart all the others for values they never look at again.
 */
function bootstrapEnvironment(args: EtcdPlanArgs): string {
  const cluster = args.members.map((member) => `${member.name}=${etcdPeerUrl(member)}`).join(',');
  return [
    '# Read by the first start of this member alone; afterwards the data directory knows its peers. One that joins an',
    `# existing cluster takes the members from ${JOIN_ENVIRONMENT}.`,
    `ETCD_INITIAL_CLUSTER=${cluster}`,
    `ETCD_INITIAL_CLUSTER_STATE=${args.initialClusterState ?? 'new'}`,
    `ETCD_INITIAL_CLUSTER_TOKEN=${args.config.clusterName}-etcd`,
  ].join('\n');
}

function etcdctlEnvironment({ member, certificates }: EtcdPlanArgs): string {
  const { 'etcd-ca': ca, 'etcd-server': server } = certificates;
  return [
    `# For a person on this machine: . ${ETCDCTL_ENVIRONMENT}; etcdctl member list`,
    `export ETCDCTL_ENDPOINTS=${shellQuote(etcdClientUrl(member))}`,
    `export ETCDCTL_CACERT=${ca.certificate.path}`,
    `export ETCDCTL_CERT=${server.certificate.path}`,
    `export ETCDCTL_KEY=${server.key.path}`,
  ].join('\n');
}
