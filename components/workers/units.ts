import { flags } from '../../lib/format/flags.ts';
import type { HostQuirks } from '../../lib/format/host.ts';
import { renderUnit } from '../../lib/format/systemd.ts';
import type { WorkerFilesArgs } from './files.ts';

/**
 * Where a worker's files lie. Nothing here is shared with a controller's role, so that one machine can hold both and
 * either can go.
 */
export const PATHS = {
  containerdConfiguration: '/etc/containerd/config.toml',
  registries: '/etc/containerd/certs.d',
  kubeletCa: '/var/lib/kubelet/pki/ca.crt',
  kubeletServerBase: '/var/lib/kubelet/pki/kubelet-server',
  kubeletConfiguration: '/var/lib/kubelet/config.yaml',
  kubeletKubeconfig: '/etc/kubernetes/kubelet.conf',
  kubeProxyConfiguration: '/var/lib/kube-proxy/config.yaml',
  kubeProxyKubeconfig: '/etc/kubernetes/kube-proxy.conf',
  podResolvConf: '/etc/kubernetes/resolv.conf',
  containerdSocket: 'unix:///run/containerd/containerd.sock',
} as const;

/** containerd, which keeps its containers when it is restarted. */
export function containerdUnit(host: HostQuirks): string {
  return renderUnit({
    description: 'containerd',
    documentation: 'https://containerd.io/docs/',
    type: 'notify',
    start: { binary: '/usr/local/bin/containerd', arguments: flags({ config: PATHS.containerdConfiguration }) },
    settings: {
      Delegate: 'yes',
      KillMode: 'process',
      LimitNPROC: 'infinity',
      LimitCORE: 'infinity',
      TasksMax: 'infinity',
      ...(host.canLowerOomScore ? { OOMScoreAdjust: -999 } : {}),
    },
  });
}

/** The kubelet. It exits while containerd's socket is missing and is started again. */
export function kubeletUnit(args: WorkerFilesArgs): string {
  return renderUnit({
    description: 'kubelet',
    documentation: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/',
    after: ['containerd.service'],
    wants: ['containerd.service'],
    type: 'exec',
    start: {
      binary: '/usr/local/bin/kubelet',
      arguments: flags({
        config: PATHS.kubeletConfiguration,
        kubeconfig: PATHS.kubeletKubeconfig,
        'hostname-override': args.nodeName,
        'node-ip': args.address,
        'node-labels': args.labels !== undefined && Object.keys(args.labels).length > 0 ? args.labels : undefined,
      }),
    },
  });
}

/** kube-proxy. */
export function kubeProxyUnit(): string {
  return renderUnit({
    description: 'kube-proxy',
    documentation: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-proxy/',
    type: 'exec',
    start: {
      binary: '/usr/local/bin/kube-proxy',
      arguments: flags({ config: PATHS.kubeProxyConfiguration }),
    },
  });
}
