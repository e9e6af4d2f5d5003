import { flags } from '../../lib/format/flags.ts';
import { renderUnit } from '../../lib/format/systemd.ts';
import type { ControlPlaneFilesArgs } from './files.ts';
import { ELECTION_RETRY } from './policies.ts';

const KUBERNETES = '/etc/kubernetes';
const PKI = `${KUBERNETES}/pki`;

function pair(base: string): { readonly base: string; readonly certificate: string; readonly key: string } {
  return { base, certificate: `${base}.crt`, key: `${base}.key` };
}

/** Where a controller's files lie: one place, so that a flag and the file it names cannot differ. */
export const PATHS = {
  ca: pair(`${PKI}/ca`),
  apiserver: pair(`${PKI}/apiserver`),
  kubeletClient: pair(`${PKI}/apiserver-kubelet-client`),
  etcdCa: `${PKI}/etcd-ca.crt`,
  etcdClient: pair(`${PKI}/apiserver-etcd-client`),
  frontProxyCa: `${PKI}/front-proxy-ca.crt`,
  frontProxyClient: pair(`${PKI}/front-proxy-client`),
  serviceAccount: { privateKey: `${PKI}/sa.key`, publicKey: `${PKI}/sa.pub` },
  auditPolicy: `${KUBERNETES}/audit-policy.yaml`,
  auditLogDirectory: '/var/log/kubernetes',
  authentication: `${KUBERNETES}/authentication.yaml`,
  encryption: `${KUBERNETES}/encryption.yaml`,
  schedulerConfiguration: `${KUBERNETES}/scheduler.yaml`,
  controllerManagerKubeconfig: `${KUBERNETES}/controller-manager.conf`,
  schedulerKubeconfig: `${KUBERNETES}/scheduler.conf`,
  adminKubeconfig: `${KUBERNETES}/admin.conf`,
} as const;

/** kube-apiserver on every address of the machine, port 6443. */
export function apiserverUnit(args: ControlPlaneFilesArgs): string {
  const issuer = `https://kubernetes.default.svc.${args.clusterDomain}`;
  return renderUnit({
    description: 'kube-apiserver',
    documentation: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/',
    type: 'exec',
    start: {
      binary: '/usr/local/bin/kube-apiserver',
      arguments: flags({
        'advertise-address': args.address,
        'bind-address': '0.0.0.0',
        'secure-port': 6443,
        'tls-cert-file': PATHS.apiserver.certificate,
        'tls-private-key-file': PATHS.apiserver.key,
        'tls-min-version': 'VersionTLS12',
        'allow-privileged': true,
        profiling: false,
        'event-ttl': '1h',

        'authorization-mode': ['Node', 'RBAC'],
        'authentication-config': PATHS.authentication,
        'client-ca-file': PATHS.ca.certificate,
        // The rest of the old tutorials' list is on by default.
        'enable-admission-plugins': 'NodeRestriction',

        'etcd-servers': args.etcdServers,
        'etcd-cafile': PATHS.etcdCa,
        'etcd-certfile': PATHS.etcdClient.certificate,
        'etcd-keyfile': PATHS.etcdClient.key,
        'encryption-provider-config': PATHS.encryption,

        'service-cluster-ip-range': args.serviceCidr,
        'service-node-port-range': args.nodePortRange,
        'service-account-issuer': issuer,
        'service-account-jwks-uri': `${issuer}/openid/v1/jwks`,
        'service-account-signing-key-file': PATHS.serviceAccount.privateKey,
        'service-account-key-file': PATHS.serviceAccount.publicKey,

        'kubelet-certificate-authority': PATHS.ca.certificate,
        'kubelet-client-certificate': PATHS.kubeletClient.certificate,
        'kubelet-client-key': PATHS.kubeletClient.key,
        'kubelet-preferred-address-types': ['InternalIP', 'Hostname'],

        'requestheader-client-ca-file': PATHS.frontProxyCa,
        'requestheader-allowed-names': 'front-proxy-client',
        'requestheader-username-headers': 'X-Remote-User',
        'requestheader-group-headers': 'X-Remote-Group',
        'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
        'proxy-client-cert-file': PATHS.frontProxyClient.certificate,
        'proxy-client-key-file': PATHS.frontProxyClient.key,
        // A controller runs no kube-proxy, so webhooks and aggregated APIs are called at their pods' addresses.
        'enable-aggregator-routing': true,

        'audit-policy-file': PATHS.auditPolicy,
        'audit-log-path': `${PATHS.auditLogDirectory}/audit.log`,
        'audit-log-maxage': args.auditLog.maxAgeDays,
        'audit-log-maxbackup': args.auditLog.maxBackups,
        'audit-log-maxsize': args.auditLog.maxSizeMiB,
      }),
    },
    settings: { LimitNOFILE: 65536 },
  });
}

/**
 * kube-controller-manager, one active among the controllers. It hands out no pod ranges: with the bridge network they
 * are ours, known before any node exists; with another network plugin they are the plugin's.
 */
export function controllerManagerUnit(args: ControlPlaneFilesArgs): string {
  return renderUnit({
    description: 'kube-controller-manager',
    documentation: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/',
    type: 'exec',
    start: {
      binary: '/usr/local/bin/kube-controller-manager',
      arguments: flags({
        ...localComponent(PATHS.controllerManagerKubeconfig),
        profiling: false,
        kubeconfig: PATHS.controllerManagerKubeconfig,
        'leader-elect': true,
        'leader-elect-retry-period': ELECTION_RETRY,
        'cluster-name': args.clusterName,
        'allocate-node-cidrs': false,
        'service-cluster-ip-range': args.serviceCidr,
        'cluster-signing-cert-file': PATHS.ca.certificate,
        'cluster-signing-key-file': PATHS.ca.key,
        'root-ca-file': PATHS.ca.certificate,
        'service-account-private-key-file': PATHS.serviceAccount.privateKey,
        'use-service-account-credentials': true,
      }),
    },
  });
}

/** kube-scheduler, one active among the controllers. */
export function schedulerUnit(): string {
  return renderUnit({
    description: 'kube-scheduler',
    documentation: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/',
    type: 'exec',
    start: {
      binary: '/usr/local/bin/kube-scheduler',
      arguments: flags({ ...localComponent(PATHS.schedulerKubeconfig), config: PATHS.schedulerConfiguration }),
    },
  });
}

/** The secure port of a component that only its own machine talks to. */
function localComponent(kubeconfigPath: string) {
  return {
    'bind-address': '127.0.0.1',
    'authentication-kubeconfig': kubeconfigPath,
    'authorization-kubeconfig': kubeconfigPath,
    // Given both, it starts without first asking an API server that may not be there yet.
    'client-ca-file': PATHS.ca.certificate,
    'requestheader-client-ca-file': PATHS.frontProxyCa,
  } as const;
}
