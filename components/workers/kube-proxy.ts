import type { ClusterConfig } from '../../config/schema.ts';
import { type InstalledCertificate, type InstalledClient, publicFile } from '../../lib/format/certificates.ts';
import { flags } from '../../lib/format/flags.ts';
import type { HostCapabilities } from '../../lib/format/host.ts';
import { kubeconfigFile } from '../../lib/format/kubeconfig.ts';
import { binaryLinks, type FilePlan, type ProgramPlan } from '../../lib/format/role.ts';
import { scriptLines } from '../../lib/format/script.ts';
import { curlCheck } from '../../lib/format/shell.ts';
import { renderUnit } from '../../lib/format/systemd.ts';
import { toYaml } from '../../lib/format/yaml.ts';
import { apiUrl } from './kubelet.ts';

/** Arguments of {@link planKubeProxy}. */
export interface KubeProxyArgs {
  readonly config: ClusterConfig;
  /** The node. */
  readonly machine: { readonly name: string };
  /** What the machine lets services do. */
  readonly host: HostCapabilities;
  /** Those of kube-proxy exist where it does. */
  readonly certificates: {
    readonly 'kubernetes-ca': InstalledCertificate;
    readonly 'kube-proxy': InstalledClient;
  };
}

const CONFIGURATION = '/var/lib/kube-proxy/config.yaml';

/** kube-proxy of a node, which makes the addresses of Services work. */
export function planKubeProxy(args: KubeProxyArgs): ProgramPlan {
  const { config, certificates } = args;
  const material: Record<string, FilePlan> = {
    ...kubeconfigFile(config.clusterName, apiUrl(config), certificates['kubernetes-ca'], certificates['kube-proxy']),
    [CONFIGURATION]: publicFile(configuration(args)),
  };
  return {
    files: { ...material, '/etc/systemd/system/kube-proxy.service': publicFile(unit(config)) },
    directories: { '/var/lib/kube-proxy': 0o750 },
    links: binaryLinks('kubernetes', config.kubernetesVersion, ['kube-proxy']),
    services: [{ unit: 'kube-proxy.service', restartOn: ['/usr/local/bin/kube-proxy', ...Object.keys(material)] }],
    require: config.kubeProxyMode === 'nftables' ? scriptLines(import.meta.dirname, 'require-nftables.sh') : [],
    health: curlCheck({ url: 'http://127.0.0.1:10256/livez' }),
  };
}

/** A node without kube-proxy: rules of one that ran there before are removed, so that another data plane can take over. */
export function planWithoutKubeProxy(): ProgramPlan {
  return { preStart: scriptLines(import.meta.dirname, 'no-kube-proxy.sh') };
}

function unit(config: ClusterConfig): string {
  return renderUnit({
    description: 'kube-proxy',
    documentation: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-proxy/',
    type: 'exec',
    start: {
      binary: '/usr/local/bin/kube-proxy',
      arguments: flags({ config: CONFIGURATION, ...config.kubeProxyExtraArgs }),
    },
  });
}

/** KubeProxyConfiguration. See https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/. */
function configuration({ config, machine, host, certificates }: KubeProxyArgs): string {
  return toYaml({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: certificates['kube-proxy'].kubeconfig.path },
    hostnameOverride: machine.name,
    mode: config.kubeProxyMode,
    // What comes from outside of this range is translated.
    clusterCIDR: config.podCidr,
    // Node ports answer at the node's address alone, not on whatever other networks the machine is in.
    nodePortAddresses: ['primary'],
    oomScoreAdj: host.canLowerOomScore ? undefined : 0,
    // 0 leaves a limit as it is: on a shared kernel they are the host's.
    conntrack: host.ownsKernel
      ? undefined
      : { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    ...config.kubeProxyExtraConfig,
  });
}
