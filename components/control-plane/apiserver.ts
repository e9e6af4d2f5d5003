import type { ClusterConfig } from '../../config/schema.ts';
import {
  type InstalledCertificate,
  type InstalledKeys,
  type InstalledPair,
  installedFiles,
  publicFile,
  secretFile,
} from '../../lib/format/certificates.ts';
import { flags } from '../../lib/format/flags.ts';
import { binaryLinks, type FilePlan, type ProgramPlan } from '../../lib/format/role.ts';
import { curlCheck } from '../../lib/format/shell.ts';
import { renderUnit } from '../../lib/format/systemd.ts';
import { auditPolicy, authenticationConfiguration, encryptionConfiguration } from './apiserver-policies.ts';
import { LOCAL_API } from './local-api.ts';

/** Arguments of {@link planApiserver}. */
export interface ApiserverArgs {
  readonly config: ClusterConfig;
  /** The controller: its address is what the API server advertises as an endpoint of the `kubernetes` Service. */
  readonly machine: { readonly address: string };
  /** Client URLs of every etcd member, e.g. `https://10.89.0.11:2379`, in a fixed order. */
  readonly etcdServers: readonly string[];
  /** Key of encryption at rest, 32 bytes in base64. */
  readonly encryptionKey: string;
  readonly certificates: {
    readonly 'kubernetes-ca': InstalledPair;
    readonly 'etcd-ca': InstalledCertificate;
    readonly 'front-proxy-ca': InstalledCertificate;
    readonly 'service-account': InstalledKeys;
    readonly 'kube-apiserver': InstalledPair;
    readonly 'kube-apiserver-kubelet-client': InstalledPair;
    readonly 'kube-apiserver-etcd-client': InstalledPair;
    readonly 'front-proxy-client': InstalledPair;
  };
}

const AUDIT_LOG_FOLDER = '/var/log/kubernetes';
const AUDIT_POLICY = '/etc/kubernetes/audit-policy.yaml';
const AUTHENTICATION = '/etc/kubernetes/authentication.yaml';
const ENCRYPTION = '/etc/kubernetes/encryption.yaml';

/** kube-apiserver on every address of a controller, port 6443. etcd may be on this machine or on others. */
export function planApiserver(args: ApiserverArgs): ProgramPlan {
  const { config, certificates } = args;
  const { 'kubernetes-ca': ca } = certificates;
  const material = installedFiles(
    ca,
    certificates['kube-apiserver'],
    certificates['kube-apiserver-kubelet-client'],
    certificates['etcd-ca'],
    certificates['kube-apiserver-etcd-client'],
    certificates['front-proxy-ca'],
    certificates['front-proxy-client'],
    certificates['service-account'],
  );
  const configuration: Record<string, FilePlan> = {
    [AUDIT_POLICY]: publicFile(auditPolicy()),
    [AUTHENTICATION]: publicFile(authenticationConfiguration()),
    [ENCRYPTION]: secretFile(
      encryptionConfiguration({
        provider: config.encryptionProvider,
        keys: [{ name: 'key1', keyBase64: args.encryptionKey }],
      }),
    ),
  };
  return {
    files: {
      ...material,
      ...configuration,
      '/etc/systemd/system/kube-apiserver.service': publicFile(unit(args)),
    },
    directories: { '/etc/kubernetes': 0o755, '/etc/kubernetes/pki': 0o755, [AUDIT_LOG_FOLDER]: 0o700 },
    links: binaryLinks('kubernetes', config.kubernetesVersion, ['kube-apiserver']),
    services: [
      {
        unit: 'kube-apiserver.service',
        restartOn: [
          '/usr/local/bin/kube-apiserver',
          // The key of the CA is the controller manager's.
          ...Object.keys(material).filter((path) => path !== ca.key.path),
          ...Object.keys(configuration),
        ],
      },
    ],
    health: curlCheck({ url: `${LOCAL_API}/readyz`, caCertificatePath: ca.certificate.path }),
  };
}

function unit({ config, machine, etcdServers, certificates }: ApiserverArgs): string {
  const issuer = `https://kubernetes.default.svc.${config.clusterDomain}`;
  const { 'kubernetes-ca': ca, 'kube-apiserver': serving, 'service-account': serviceAccount } = certificates;
  const { 'kube-apiserver-etcd-client': etcdClient, 'kube-apiserver-kubelet-client': kubeletClient } = certificates;
  const { 'front-proxy-client': frontProxyClient } = certificates;
  return renderUnit({
    description: 'kube-apiserver',
    documentation: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/',
    type: 'exec',
    start: {
      binary: '/usr/local/bin/kube-apiserver',
      arguments: flags({
        'advertise-address': machine.address,
        'bind-address': '0.0.0.0',
        'secure-port': 6443,
        'tls-cert-file': serving.certificate.path,
        'tls-private-key-file': serving.key.path,
        'tls-min-version': 'VersionTLS12',
        'allow-privileged': true,
        profiling: false,
        'event-ttl': '1h',
        // Without it the server waits for clients to end their watches, up to a minute, and systemd kills it.
        'shutdown-watch-termination-grace-period': '5s',

        'authorization-mode': ['Node', 'RBAC'],
        'authentication-config': AUTHENTICATION,
        'client-ca-file': ca.certificate.path,
        // The rest of the old tutorials' list is on by default.
        'enable-admission-plugins': 'NodeRestriction',

        'etcd-servers': etcdServers,
        'etcd-cafile': certificates['etcd-ca'].certificate.path,
        'etcd-certfile': etcdClient.certificate.path,
        'etcd-keyfile': etcdClient.key.path,
        'encryption-provider-config': ENCRYPTION,

        'service-cluster-ip-range': config.serviceCidr,
        'service-node-port-range': config.nodePortRange,
        'service-account-issuer': issuer,
        'service-account-jwks-uri': `${issuer}/openid/v1/jwks`,
        'service-account-signing-key-file': serviceAccount.privateKey.path,
        'service-account-key-file': serviceAccount.publicKey.path,

        'kubelet-certificate-authority': ca.certificate.path,
        'kubelet-client-certificate': kubeletClient.certificate.path,
        'kubelet-client-key': kubeletClient.key.path,
        'kubelet-preferred-address-types': ['InternalIP', 'Hostname'],

        'requestheader-client-ca-file': certificates['front-proxy-ca'].certificate.path,
        'requestheader-allowed-names': 'front-proxy-client',
        'requestheader-username-headers': 'X-Remote-User',
        'requestheader-group-headers': 'X-Remote-Group',
        'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
        'proxy-client-cert-file': frontProxyClient.certificate.path,
        'proxy-client-key-file': frontProxyClient.key.path,
        // A controller runs no kube-proxy, so webhooks and aggregated APIs are called at their pods' addresses.
        'enable-aggregator-routing': true,

        'audit-policy-file': AUDIT_POLICY,
        'audit-log-path': `${AUDIT_LOG_FOLDER}/audit.log`,
        'audit-log-maxage': config.auditLogMaxAgeDays,
        'audit-log-maxbackup': config.auditLogMaxBackups,
        'audit-log-maxsize': config.auditLogMaxSizeMiB,

        ...config.apiServerExtraArgs,
      }),
    },
    settings: { LimitNOFILE: 65536 },
  });
}
