import { type CertificatePair, certificateFiles, publicFile, secretFile } from '../../lib/format/certificates.ts';
import { kubeconfig } from '../../lib/format/kubeconfig.ts';
import { type FilePlan, type RolePlan, stagedPath } from '../../lib/format/role.ts';
import { curlCheck } from '../../lib/format/shell.ts';
import { renderKeepTryingDropIn } from '../../lib/format/systemd.ts';
import { healthzProxyConfiguration } from './healthz-proxy.ts';
import { anonymousHealthChecksOnly, auditPolicy, schedulerConfiguration } from './policies.ts';
import { apiserverUnit, controllerManagerUnit, PATHS, schedulerUnit } from './units.ts';

/** Certificates and keys of a controller. */
export interface ControlPlaneCertificates {
  /** The cluster's CA. Its key signs what the CertificateSigningRequest API approves. */
  readonly ca: CertificatePair;
  /** Serves the API. SANs: see the certificate table in components/pki. */
  readonly apiserver: CertificatePair;
  /** The API server's client certificate for kubelets. */
  readonly kubeletClient: CertificatePair;
  /** CA of etcd, PEM. */
  readonly etcdCaCertificatePem: string;
  /** The API server's client certificate for etcd. */
  readonly etcdClient: CertificatePair;
  /** CA of the aggregation layer, PEM: its own, so that no other client certificate passes for the API server. */
  readonly frontProxyCaCertificatePem: string;
  /** The API server's client certificate for aggregated APIs, common name `front-proxy-client`. */
  readonly frontProxyClient: CertificatePair;
  /** Signs service account tokens, PEM. */
  readonly serviceAccountPrivateKeyPem: string;
  /** Verifies them, PEM. Several, one after the other, while a key is replaced. */
  readonly serviceAccountPublicKeyPem: string;
  /** Client certificate of `system:kube-controller-manager`. */
  readonly controllerManager: CertificatePair;
  /** Client certificate of `system:kube-scheduler`. */
  readonly scheduler: CertificatePair;
  /** Client certificate of the administrator, for `kubectl` on this machine. */
  readonly admin: CertificatePair;
}

/** Limits of the API server's audit log. */
export interface AuditLogLimits {
  /** Days that a rotated file is kept. Range 1 to 3650. */
  readonly maxAgeDays: number;
  /** Rotated files kept. Range 1 to 1000. */
  readonly maxBackups: number;
  /** Size in MiB at which the file is rotated. Range 1 to 10000. */
  readonly maxSizeMiB: number;
}

/** Arguments of {@link controlPlaneFiles}. */
export interface ControlPlaneFilesArgs {
  /** Name of the cluster, e.g. `hardway`. */
  readonly clusterName: string;
  /** Domain of the cluster's Services, e.g. `cluster.local`. */
  readonly clusterDomain: string;
  /** This controller's address, which it advertises as an endpoint of the `kubernetes` Service. */
  readonly address: string;
  /** Kubernetes version without `v`, e.g. `1.36.4`: names the folder of the staged binaries. */
  readonly kubernetesVersion: string;
  /** Client URLs of every etcd member, e.g. `https://10.89.0.11:2379`, in a fixed order. */
  readonly etcdServers: readonly string[];
  /** Range of Service addresses, e.g. `10.32.0.0/24`. */
  readonly serviceCidr: string;
  /** Ports for Services of type NodePort, e.g. `30000-32767`. */
  readonly nodePortRange: string;
  readonly certificates: ControlPlaneCertificates;
  /** Encryption at rest: the text of {@link encryptionConfiguration}, the same on every controller. Holds the key. */
  readonly encryptionConfiguration: string;
  readonly auditLog: AuditLogLimits;
}

const HEALTHZ_CONFIGURATION = '/etc/nginx/nginx.conf';
const HEALTHZ_DROP_IN = '/etc/systemd/system/nginx.service.d/hardway.conf';
const LOCAL_API = 'https://127.0.0.1:6443';

/**
 * A controller: API server, controller manager and scheduler as units, and nginx on port 80 that answers `/healthz`
 * for those who cannot speak TLS. etcd is a role of its own, on this machine or another.
 */
export function controlPlaneFiles(args: ControlPlaneFilesArgs): RolePlan {
  const binaries = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];
  const pki = pkiFiles(args.certificates);
  const apiserverConfiguration: Record<string, FilePlan> = {
    [PATHS.auditPolicy]: publicFile(auditPolicy()),
    [PATHS.authentication]: publicFile(anonymousHealthChecksOnly()),
    [PATHS.encryption]: secretFile(args.encryptionConfiguration),
  };
  return {
    files: {
      ...pki,
      ...apiserverConfiguration,
      [PATHS.controllerManagerKubeconfig]: localKubeconfig(args, 'system:kube-controller-manager', 'controllerManager'),
      [PATHS.schedulerKubeconfig]: localKubeconfig(args, 'system:kube-scheduler', 'scheduler'),
      [PATHS.adminKubeconfig]: localKubeconfig(args, 'admin', 'admin'),
      [PATHS.schedulerConfiguration]: publicFile(schedulerConfiguration(PATHS.schedulerKubeconfig)),
      '/etc/systemd/system/kube-apiserver.service': publicFile(apiserverUnit(args)),
      '/etc/systemd/system/kube-controller-manager.service': publicFile(controllerManagerUnit(args)),
      '/etc/systemd/system/kube-scheduler.service': publicFile(schedulerUnit()),
      [HEALTHZ_CONFIGURATION]: publicFile(
        healthzProxyConfiguration({ clusterDomain: args.clusterDomain, caCertificatePath: PATHS.ca.certificate }),
      ),
      [HEALTHZ_DROP_IN]: publicFile(renderKeepTryingDropIn()),
    },
    directories: { '/etc/kubernetes': 0o755, '/etc/kubernetes/pki': 0o755, [PATHS.auditLogDirectory]: 0o700 },
    links: Object.fromEntries(
      binaries.map((name) => [`/usr/local/bin/${name}`, stagedPath('kubernetes', args.kubernetesVersion, name)]),
    ),
    services: [
      {
        unit: 'kube-apiserver.service',
        restartOn: [
          '/usr/local/bin/kube-apiserver',
          ...Object.keys(pki).filter((path) => path !== PATHS.ca.key),
          ...Object.keys(apiserverConfiguration),
        ],
      },
      {
        unit: 'kube-controller-manager.service',
        restartOn: [
          '/usr/local/bin/kube-controller-manager',
          PATHS.controllerManagerKubeconfig,
          PATHS.ca.certificate,
          PATHS.ca.key,
          PATHS.frontProxyCa,
          PATHS.serviceAccount.privateKey,
        ],
      },
      {
        unit: 'kube-scheduler.service',
        restartOn: [
          '/usr/local/bin/kube-scheduler',
          PATHS.schedulerConfiguration,
          PATHS.schedulerKubeconfig,
          PATHS.ca.certificate,
          PATHS.frontProxyCa,
        ],
      },
      {
        unit: 'nginx.service',
        restartOn: [HEALTHZ_DROP_IN],
        reloadOn: [HEALTHZ_CONFIGURATION, PATHS.ca.certificate],
      },
    ],
    health: healthOf(args),
  };
}

/** Each part by itself, through the doors a person would use. */
function healthOf({ clusterDomain }: ControlPlaneFilesArgs): string {
  return [
    curlCheck({ url: `${LOCAL_API}/readyz`, caCertificatePath: PATHS.ca.certificate }),
    // These two sign their own serving certificate and listen on loopback alone.
    curlCheck({ url: 'https://127.0.0.1:10257/healthz', insecure: true }),
    curlCheck({ url: 'https://127.0.0.1:10259/healthz', insecure: true }),
    curlCheck({ url: 'http://127.0.0.1/healthz', host: `kubernetes.default.svc.${clusterDomain}` }),
  ].join(' && ');
}

function pkiFiles(certificates: ControlPlaneCertificates): Record<string, FilePlan> {
  return {
    ...certificateFiles(PATHS.ca.base, certificates.ca),
    ...certificateFiles(PATHS.apiserver.base, certificates.apiserver),
    ...certificateFiles(PATHS.kubeletClient.base, certificates.kubeletClient),
    [PATHS.etcdCa]: publicFile(certificates.etcdCaCertificatePem),
    ...certificateFiles(PATHS.etcdClient.base, certificates.etcdClient),
    [PATHS.frontProxyCa]: publicFile(certificates.frontProxyCaCertificatePem),
    ...certificateFiles(PATHS.frontProxyClient.base, certificates.frontProxyClient),
    [PATHS.serviceAccount.privateKey]: secretFile(certificates.serviceAccountPrivateKeyPem),
    [PATHS.serviceAccount.publicKey]: publicFile(certificates.serviceAccountPublicKeyPem),
  };
}

function localKubeconfig(
  args: ControlPlaneFilesArgs,
  user: string,
  client: 'controllerManager' | 'scheduler' | 'admin',
): FilePlan {
  return secretFile(
    kubeconfig({
      clusterName: args.clusterName,
      server: LOCAL_API,
      caCertificatePem: args.certificates.ca.certificatePem,
      user,
      client: args.certificates[client],
    }),
  );
}
