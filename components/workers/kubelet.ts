import { type ClusterConfig, machineNamed } from '../../config/schema.ts';
import {
  type InstalledCertificate,
  type InstalledClient,
  type InstalledPair,
  installedFiles,
  publicFile,
} from '../../lib/format/certificates.ts';
import { flags } from '../../lib/format/flags.ts';
import type { HostCapabilities } from '../../lib/format/host.ts';
import { kubeconfigFile } from '../../lib/format/kubeconfig.ts';
import { binaryLinks, type FilePlan, type ProgramPlan } from '../../lib/format/role.ts';
import { scriptLines } from '../../lib/format/script.ts';
import { curlCheck } from '../../lib/format/shell.ts';
import { renderUnit } from '../../lib/format/systemd.ts';
import { toYaml } from '../../lib/format/yaml.ts';
import { CONTAINERD_SOCKET } from './containerd.ts';

/** Arguments of {@link planKubelet}. */
export interface KubeletArgs {
  readonly config: ClusterConfig;
  /** The node: its machine's name, for which its certificates are, and the address it registers and serves at. */
  readonly machine: { readonly name: string; readonly address: string };
  /** What the machine lets services do. */
  readonly host: HostCapabilities;
  readonly certificates: {
    readonly 'kubernetes-ca': InstalledCertificate;
    readonly 'kubelet-client': InstalledClient;
    readonly 'kubelet-server': InstalledPair;
  };
  /** Labels that the node registers with; it may not set `node-role.kubernetes.io/*` itself. Default none. */
  readonly labels?: Readonly<Record<string, string>>;
}

const CONFIGURATION = '/var/lib/kubelet/config.yaml';
const RESOLV_CONF = '/etc/kubernetes/resolv.conf';

/** The URL at which nodes reach the API. */
export const apiUrl = ({ derived }: ClusterConfig): string => `https://${derived.controlPlaneEndpoint}:6443`;

/** The kubelet of a node. */
export function planKubelet(args: KubeletArgs): ProgramPlan {
  const { config, certificates } = args;
  const { 'kubernetes-ca': ca, 'kubelet-server': server, 'kubelet-client': client } = certificates;
  const material: Record<string, FilePlan> = {
    ...installedFiles(ca, server),
    ...kubeconfigFile(config.clusterName, apiUrl(config), ca, client),
    [CONFIGURATION]: publicFile(configuration(args)),
    [RESOLV_CONF]: publicFile(podResolvConf(config.upstreamNameservers)),
  };
  return {
    files: { ...material, '/etc/systemd/system/kubelet.service': publicFile(unit(args)) },
    directories: { '/var/lib/kubelet': 0o750, '/var/lib/kubelet/pki': 0o750 },
    links: binaryLinks('kubernetes', config.kubernetesVersion, ['kubelet']),
    services: [{ unit: 'kubelet.service', restartOn: ['/usr/local/bin/kubelet', ...Object.keys(material)] }],
    health: curlCheck({ url: 'http://127.0.0.1:10248/healthz' }),
  };
}

/**
 * A shell condition on a node: holds when its container runtime answers and the API server has the node as wanted. The
 * kubelet's own health says nothing of either.
 */
export function nodeReady({ config, machine, certificates }: KubeletArgs): string {
  const lines = scriptLines(import.meta.dirname, 'node-ready.sh', {
    KUBECONFIG: certificates['kubelet-client'].kubeconfig.path,
    NODE: machine.name,
    VERSION: `v${config.kubernetesVersion}`,
    FIELDS: 'jsonpath={.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}',
  });
  return ['(', ...lines, ')'].join('\n');
}

/** The kubelet exits while containerd's socket is missing and is started again. */
function unit({ config, machine, certificates, labels = {} }: KubeletArgs): string {
  return renderUnit({
    description: 'kubelet',
    documentation: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/',
    after: ['containerd.service'],
    wants: ['containerd.service'],
    type: 'exec',
    start: {
      binary: '/usr/local/bin/kubelet',
      arguments: flags({
        config: CONFIGURATION,
        kubeconfig: certificates['kubelet-client'].kubeconfig.path,
        'hostname-override': machine.name,
        'node-ip': machine.address,
        'node-labels': Object.keys(labels).length > 0 ? labels : undefined,
        ...config.kubeletExtraArgs,
      }),
    },
  });
}

/** KubeletConfiguration. See https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/. */
function configuration({ config, machine, host, certificates }: KubeletArgs): string {
  const { tainted } = machineNamed(config, machine.name);
  const { certificate, key } = certificates['kubelet-server'];
  return toYaml({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true, cacheTTL: '2m0s' },
      x509: { clientCAFile: certificates['kubernetes-ca'].certificate.path },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: certificate.path,
    tlsPrivateKeyFile: key.path,
    tlsMinVersion: 'VersionTLS12',
    readOnlyPort: 0,
    rotateCertificates: false,
    clusterDomain: config.clusterDomain,
    clusterDNS: [config.derived.dnsServiceAddress],
    resolvConf: RESOLV_CONF,
    containerRuntimeEndpoint: CONTAINERD_SOCKET,
    runtimeRequestTimeout: '15m0s',
    cgroupDriver: host.cgroupDriver,
    failCgroupV1: host.cgroupVersion === 1 ? false : undefined,
    failSwapOn: host.ownsKernel ? undefined : false,
    oomScoreAdj: host.canLowerOomScore ? undefined : 0,
    registerWithTaints: tainted ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] : undefined,
    containerLogMaxSize: '10Mi',
    containerLogMaxFiles: 5,
    serializeImagePulls: false,
    maxParallelImagePulls: 5,
    ...disk(host),
    ...shutdown(host.shutdownGracePeriodSeconds),
    ...config.kubeletExtraConfig,
  });
}

/** What is free, not which share: on a shared disk the share is other people's doing. */
function disk(host: HostCapabilities): Record<string, unknown> {
  if (host.ownsDisk) return {};
  return {
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1Gi', 'imagefs.available': '1Gi' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
  };
}

function shutdown(seconds: number): Record<string, unknown> {
  if (seconds === 0) return {};
  return { shutdownGracePeriod: `${seconds}s`, shutdownGracePeriodCriticalPods: `${Math.floor(seconds / 3)}s` };
}

/**
 * What pods with the node's DNS find as resolv.conf. The machine's own often names a stub on loopback, which inside a
 * pod is the pod itself; CoreDNS then asks itself and stops.
 */
function podResolvConf(nameservers: readonly string[]): string {
  const what = "# For pods that use the node's DNS, in place of the machine's own resolv.conf.";
  return [what, ...nameservers.map((address) => `nameserver ${address}`)].join('\n');
}
