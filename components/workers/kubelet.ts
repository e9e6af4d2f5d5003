import type { HostQuirks } from '../../lib/format/host.ts';
import { toYaml } from '../../lib/format/yaml.ts';
import type { WorkerFilesArgs } from './files.ts';
import { PATHS } from './units.ts';

/** KubeletConfiguration. See https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/. */
export function kubeletConfiguration(args: WorkerFilesArgs): string {
  const { host } = args;
  return toYaml({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true, cacheTTL: '2m0s' },
      x509: { clientCAFile: PATHS.kubeletCa },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${PATHS.kubeletServerBase}.crt`,
    tlsPrivateKeyFile: `${PATHS.kubeletServerBase}.key`,
    tlsMinVersion: 'VersionTLS12',
    readOnlyPort: 0,
    rotateCertificates: false,
    clusterDomain: args.clusterDomain,
    clusterDNS: args.clusterDns,
    resolvConf: args.upstreamNameservers === 'host' ? (args.hostResolvConf ?? '/etc/resolv.conf') : PATHS.podResolvConf,
    containerRuntimeEndpoint: PATHS.containerdSocket,
    runtimeRequestTimeout: '15m0s',
    cgroupDriver: host.cgroupDriver,
    failCgroupV1: host.cgroupVersion === 1 ? false : undefined,
    failSwapOn: host.ownsKernel ? undefined : false,
    oomScoreAdj: host.canLowerOomScore ? undefined : 0,
    registerWithTaints: args.taints !== undefined && args.taints.length > 0 ? args.taints : undefined,
    containerLogMaxSize: '10Mi',
    containerLogMaxFiles: 5,
    serializeImagePulls: false,
    maxParallelImagePulls: 5,
    ...disk(host),
    ...shutdown(host.shutdownGracePeriodSeconds),
  });
}

/** What is free, not which share: on a shared disk the share is other people's doing. */
function disk(host: HostQuirks): Record<string, unknown> {
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

/** KubeProxyConfiguration. See https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/. */
export function kubeProxyConfiguration(args: WorkerFilesArgs): string {
  return toYaml({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: PATHS.kubeProxyKubeconfig },
    hostnameOverride: args.nodeName,
    mode: 'iptables',
    clusterCIDR: args.clusterPodCidr,
    // Node ports answer at the node's address alone, not on whatever other networks the machine is in.
    nodePortAddresses: ['primary'],
    oomScoreAdj: args.host.canLowerOomScore ? undefined : 0,
    // 0 leaves a limit as it is: on a shared kernel they are the host's.
    conntrack: args.host.ownsKernel
      ? undefined
      : { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  });
}

/**
 * What pods with the node's DNS find as resolv.conf. The machine's own often names a stub on loopback, which inside a
 * pod is the pod itself; CoreDNS then asks itself and stops.
 */
export function podResolvConf(nameservers: readonly string[]): string {
  const what = "# For pods that use the node's DNS, in place of the machine's own resolv.conf.";
  return [what, ...nameservers.map((address) => `nameserver ${address}`)].join('\n');
}
