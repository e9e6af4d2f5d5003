import { type CertificatePair, certificateFiles, publicFile, secretFile } from '../../lib/format/certificates.ts';
import type { HostQuirks } from '../../lib/format/host.ts';
import { kubeconfig } from '../../lib/format/kubeconfig.ts';
import { networkMark, type PodNetworkName, requireNetwork } from '../../lib/format/network-mark.ts';
import { type FilePlan, type RolePlan, stagedPath } from '../../lib/format/role.ts';
import { curlCheck } from '../../lib/format/shell.ts';
import { containerdConfiguration, crictlConfiguration, type ImageMirror, registryHosts } from './containerd.ts';
import { kernelFiles, kernelSettle } from './kernel.ts';
import { kubeletConfiguration, kubeProxyConfiguration, podResolvConf } from './kubelet.ts';
import { containerdUnit, kubeletUnit, kubeProxyUnit, PATHS } from './units.ts';

/** A taint that the node registers with. */
export interface NodeTaint {
  /** E.g. `node-role.kubernetes.io/control-plane`. */
  readonly key: string;
  /** Default: no value. */
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** Versions of a worker's parts, without `v`: they name the folders of the staged binaries. */
export interface WorkerVersions {
  readonly kubernetes: string;
  readonly containerd: string;
  readonly runc: string;
  readonly cniPlugins: string;
  readonly crictl: string;
}

/** Arguments of {@link workerFiles}. */
export interface WorkerFilesArgs {
  /** Name of the cluster, e.g. `hardway`. */
  readonly clusterName: string;
  /** Name of the node: its machine's. The kubelet's certificate is for `system:node:<name>`. */
  readonly nodeName: string;
  /** Address of the node, which it registers and serves at. */
  readonly address: string;
  /** Where the API is reached, e.g. `https://10.89.0.10:6443`: the load balancer's. */
  readonly apiServer: string;
  /** Domain of the cluster's Services, e.g. `cluster.local`. */
  readonly clusterDomain: string;
  /** Service addresses of the cluster's DNS, e.g. `['10.32.0.10']`. */
  readonly clusterDns: readonly string[];
  /** All pods of the cluster, e.g. `10.200.0.0/16`: kube-proxy translates what comes from outside of it. */
  readonly clusterPodCidr: string;
  readonly versions: WorkerVersions;
  /** The cluster's CA, PEM. */
  readonly caCertificatePem: string;
  /** Client certificate of `system:node:<name>` in `system:nodes`. */
  readonly kubeletClient: CertificatePair;
  /** Serves the kubelet's API. SANs: the node's name and address. */
  readonly kubeletServer: CertificatePair;
  /** Client certificate of `system:kube-proxy` in `system:node-proxier`. */
  readonly kubeProxyClient: CertificatePair;
  /** What pods' sandboxes run, e.g. `registry.k8s.io/pause:3.10.1`. */
  readonly pauseImage: string;
  /** Where images come from before their publisher is asked. Default: the publishers alone. */
  readonly imageMirror?: ImageMirror;
  /**
   * Name servers of pods that use the node's DNS (CoreDNS among them), as addresses; empty for none. `host`: those of
   * the machine, read from `hostResolvConf`; only right where that names real servers, not a local stub.
   */
  readonly upstreamNameservers: readonly string[] | 'host';
  /** The machine's resolv.conf with real servers. Default `/etc/resolv.conf`; looked at for `host` alone. */
  readonly hostResolvConf?: string;
  /** Taints that the node registers with. Default none. */
  readonly taints?: readonly NodeTaint[];
  /** Labels that the node registers with; it may not set `node-role.kubernetes.io/*` itself. Default none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What the machine lets services do. */
  readonly host: HostQuirks;
  /** Whether to link `kubectl` too; not where another role of the machine does. Default true. */
  readonly kubectl?: boolean;
  /** The pod network the node is made with, which it remembers. */
  readonly network: PodNetworkName;
  /** Lines that look whether the machine has what that network needs. Default none. */
  readonly require?: readonly string[];
}

/** CNI plugins that are linked into /opt/cni/bin. */
export const CNI_PLUGINS = ['bridge', 'host-local', 'loopback', 'portmap'] as const;

/** A node that runs pods: containerd, kubelet and kube-proxy as units, the kernel settings they need, swap off. */
export function workerFiles(args: WorkerFilesArgs): RolePlan {
  const registries = registryFiles(args.imageMirror);
  const kubeletMaterial: Record<string, FilePlan> = {
    [PATHS.kubeletCa]: publicFile(args.caCertificatePem),
    ...certificateFiles(PATHS.kubeletServerBase, args.kubeletServer),
    [PATHS.kubeletKubeconfig]: clientKubeconfig(args, `system:node:${args.nodeName}`, args.kubeletClient),
    [PATHS.kubeletConfiguration]: publicFile(kubeletConfiguration(args)),
  };
  const proxyMaterial: Record<string, FilePlan> = {
    [PATHS.kubeProxyKubeconfig]: clientKubeconfig(args, 'system:kube-proxy', args.kubeProxyClient),
    [PATHS.kubeProxyConfiguration]: publicFile(kubeProxyConfiguration(args)),
  };
  return {
    files: {
      ...kubeletMaterial,
      ...proxyMaterial,
      ...registries,
      ...kernelFiles(args.host),
      ...networkMark(args.network),
      ...(args.upstreamNameservers === 'host'
        ? {}
        : { [PATHS.podResolvConf]: publicFile(podResolvConf(args.upstreamNameservers)) }),
      [PATHS.containerdConfiguration]: publicFile(containerdConfiguration(args)),
      '/etc/crictl.yaml': publicFile(crictlConfiguration()),
      '/etc/systemd/system/containerd.service': publicFile(containerdUnit(args.host)),
      '/etc/systemd/system/kubelet.service': publicFile(kubeletUnit(args)),
      '/etc/systemd/system/kube-proxy.service': publicFile(kubeProxyUnit()),
    },
    directories: {
      '/etc/cni/net.d': 0o755,
      '/opt/cni/bin': 0o755,
      [PATHS.registries]: 0o755,
      '/var/lib/kubelet': 0o750,
      '/var/lib/kubelet/pki': 0o750,
      '/var/lib/kube-proxy': 0o750,
    },
    links: links(args),
    services: [
      {
        unit: 'containerd.service',
        restartOn: [
          PATHS.containerdConfiguration,
          '/usr/local/bin/containerd',
          '/usr/local/bin/containerd-shim-runc-v2',
          '/usr/local/bin/runc',
        ],
      },
      {
        unit: 'kubelet.service',
        restartOn: [
          '/usr/local/bin/kubelet',
          ...Object.keys(kubeletMaterial),
          ...(args.upstreamNameservers === 'host' ? [] : [PATHS.podResolvConf]),
        ],
      },
      { unit: 'kube-proxy.service', restartOn: ['/usr/local/bin/kube-proxy', ...Object.keys(proxyMaterial)] },
    ],
    require: [...requireNetwork(args.network), ...(args.require ?? [])],
    settle: kernelSettle(args.host),
    health: [
      curlCheck({ url: 'http://127.0.0.1:10248/healthz' }),
      curlCheck({ url: 'http://127.0.0.1:10256/livez' }),
    ].join(' && '),
  };
}

function links({ versions, kubectl }: WorkerFilesArgs): Record<string, string> {
  const kubernetes = ['kubelet', 'kube-proxy', ...(kubectl === false ? [] : ['kubectl'])];
  const binaries: [string, string, string][] = [
    ...kubernetes.map((name): [string, string, string] => ['kubernetes', versions.kubernetes, name]),
    ...['containerd', 'ctr', 'containerd-shim-runc-v2'].map((name): [string, string, string] => [
      'containerd',
      versions.containerd,
      name,
    ]),
    ['runc', versions.runc, 'runc'],
    ['crictl', versions.crictl, 'crictl'],
  ];
  return {
    ...Object.fromEntries(
      binaries.map(([artifact, version, name]) => [`/usr/local/bin/${name}`, stagedPath(artifact, version, name)]),
    ),
    ...Object.fromEntries(
      CNI_PLUGINS.map((name) => [`/opt/cni/bin/${name}`, stagedPath('cni-plugins', versions.cniPlugins, name)]),
    ),
  };
}

function registryFiles(mirror: ImageMirror | undefined): Record<string, FilePlan> {
  return Object.fromEntries(
    (mirror?.registries ?? []).map((registry) => [
      `${PATHS.registries}/${registry}/hosts.toml`,
      publicFile(registryHosts(mirror?.url ?? '')),
    ]),
  );
}

function clientKubeconfig(args: WorkerFilesArgs, user: string, client: CertificatePair): FilePlan {
  return secretFile(
    kubeconfig({
      clusterName: args.clusterName,
      server: args.apiServer,
      caCertificatePem: args.caCertificatePem,
      user,
      client,
    }),
  );
}
