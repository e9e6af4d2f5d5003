import { type CertificatePair, certificateFiles, publicFile } from '../../lib/format/certificates.ts';
import { flags } from '../../lib/format/flags.ts';
import { type RolePlan, stagedPath } from '../../lib/format/role.ts';
import { shellQuote } from '../../lib/format/shell.ts';
import { renderUnit } from '../../lib/format/systemd.ts';

/** A member of the etcd cluster. */
export interface EtcdMember {
  /** Name of the member: its machine's. */
  readonly name: string;
  /** Address that peers and clients reach it at. */
  readonly address: string;
}

/** Arguments of {@link etcdFiles}. */
export interface EtcdFilesArgs {
  /** The member this machine runs; also one of `members`. */
  readonly member: EtcdMember;
  /** Every member, this one included, in a fixed order. */
  readonly members: readonly EtcdMember[];
  /** Name of the Kubernetes cluster: the initial cluster token derives from it, so that clusters never mix. */
  readonly clusterName: string;
  /** etcd version, e.g. `3.7.3`: names the folder of the staged binaries. */
  readonly version: string;
  /** `new` when all members start together; `existing` for a member that was added to a running cluster. */
  readonly initialClusterState: 'new' | 'existing';
  /** CA of peers, servers and clients, PEM. */
  readonly caCertificatePem: string;
  /**
   * Serves clients, and is this machine's own client certificate for `etcdctl`.
   * Uses: server and client authentication. SANs: the member's name and address, localhost, 127.0.0.1.
   */
  readonly server: CertificatePair;
  /** Talks to peers. Uses: server and client authentication. SANs: the member's name and address. */
  readonly peer: CertificatePair;
  /**
   * Largest size of the database in MiB; past it etcd takes no more writes. Range 100 to 8192. Default 8192, the
   * largest that etcd recommends; it is a limit, nothing is set aside.
   */
  readonly quotaBackendMiB?: number;
  /**
   * Hours of history kept by etcd's own compaction. Default 8. The API server compacts every 5 minutes already; this
   * one matters while no API server runs.
   */
  readonly compactionRetentionHours?: number;
}

const PKI = '/etc/etcd/pki';
const BOOTSTRAP = '/etc/etcd/bootstrap.env';
const ETCDCTL_ENVIRONMENT = '/etc/etcd/etcdctl.env';

/** The client URL of a member, as the API server and `etcdctl` take it. */
export function etcdClientUrl(member: EtcdMember): string {
  return `https://${member.address}:2379`;
}

/** One etcd member: mutual TLS with peers and clients, data in /var/lib/etcd, metrics on 127.0.0.1:2381. */
export function etcdFiles(args: EtcdFilesArgs): RolePlan {
  if (!args.members.some((member) => member.name === args.member.name && member.address === args.member.address)) {
    throw new Error(`etcd member ${args.member.name} (${args.member.address}) is not among the members given`);
  }
  const material = {
    [`${PKI}/ca.crt`]: publicFile(args.caCertificatePem),
    ...certificateFiles(`${PKI}/server`, args.server),
    ...certificateFiles(`${PKI}/peer`, args.peer),
  };
  return {
    files: {
      ...material,
      [BOOTSTRAP]: publicFile(bootstrapEnvironment(args)),
      [ETCDCTL_ENVIRONMENT]: publicFile(etcdctlEnvironment(args.member)),
      '/etc/systemd/system/etcd.service': publicFile(unit(args)),
    },
    directories: { '/etc/etcd': 0o755, [PKI]: 0o755, '/var/lib/etcd': 0o700 },
    links: Object.fromEntries(
      ['etcd', 'etcdctl', 'etcdutl'].map((name) => [`/usr/local/bin/${name}`, stagedPath('etcd', args.version, name)]),
    ),
    services: [{ unit: 'etcd.service', restartOn: ['/usr/local/bin/etcd', ...Object.keys(material)] }],
    health: `( . ${ETCDCTL_ENVIRONMENT} && /usr/local/bin/etcdctl --dial-timeout=1s --command-timeout=1s endpoint health ) >/dev/null`,
  };
}

function unit(args: EtcdFilesArgs): string {
  const { address, name } = args.member;
  return renderUnit({
    description: 'etcd',
    documentation: 'https://etcd.io/docs/',
    type: 'notify',
    environmentFiles: [BOOTSTRAP],
    start: {
      binary: '/usr/local/bin/etcd',
      arguments: flags({
        name,
        'data-dir': '/var/lib/etcd',
        'listen-peer-urls': `https://${address}:2380`,
        'initial-advertise-peer-urls': `https://${address}:2380`,
        'listen-client-urls': [`https://${address}:2379`, 'https://127.0.0.1:2379'],
        'advertise-client-urls': etcdClientUrl(args.member),
        'listen-metrics-urls': 'http://127.0.0.1:2381',
        'client-cert-auth': true,
        'trusted-ca-file': `${PKI}/ca.crt`,
        'cert-file': `${PKI}/server.crt`,
        'key-file': `${PKI}/server.key`,
        'peer-client-cert-auth': true,
        'peer-trusted-ca-file': `${PKI}/ca.crt`,
        'peer-cert-file': `${PKI}/peer.crt`,
        'peer-key-file': `${PKI}/peer.key`,
        'tls-min-version': 'TLS1.2',
        'auto-compaction-mode': 'periodic',
        'auto-compaction-retention': `${args.compactionRetentionHours ?? 8}h`,
        'quota-backend-bytes': (args.quotaBackendMiB ?? 8192) * 1024 * 1024,
        // The API server answers list requests from its watch cache only while etcd reports progress this often.
        'watch-progress-notify-interval': '5s',
      }),
    },
    // A member is ready only with a quorum, and how long the others take is not this machine's to know.
    startTimeoutSeconds: 'infinity',
    settings: { LimitNOFILE: 65536 },
  });
}

/**
 * What only the first start of a member reads. In a file of its own that restarts nothing: otherwise adding a member
 * would restart all the others for values they never look at again.
 */
function bootstrapEnvironment(args: EtcdFilesArgs): string {
  const cluster = args.members.map((member) => `${member.name}=https://${member.address}:2380`).join(',');
  return [
    '# Read by the first start of this member alone; afterwards the data directory knows its peers.',
    `ETCD_INITIAL_CLUSTER=${cluster}`,
    `ETCD_INITIAL_CLUSTER_STATE=${args.initialClusterState}`,
    `ETCD_INITIAL_CLUSTER_TOKEN=${args.clusterName}-etcd`,
  ].join('\n');
}

function etcdctlEnvironment(member: EtcdMember): string {
  return [
    `# For a person on this machine: . ${ETCDCTL_ENVIRONMENT}; etcdctl member list`,
    `export ETCDCTL_ENDPOINTS=${shellQuote(etcdClientUrl(member))}`,
    `export ETCDCTL_CACERT=${PKI}/ca.crt`,
    `export ETCDCTL_CERT=${PKI}/server.crt`,
    `export ETCDCTL_KEY=${PKI}/server.key`,
  ].join('\n');
}
