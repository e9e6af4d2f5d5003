import type { ClusterConfig } from '../../config/schema.ts';
import {
  type InstalledClient,
  type InstalledKeys,
  type InstalledPair,
  publicFile,
} from '../../lib/format/certificates.ts';
import { flags } from '../../lib/format/flags.ts';
import { kubeconfigFile } from '../../lib/format/kubeconfig.ts';
import { binaryLinks, type ProgramPlan } from '../../lib/format/role.ts';
import { curlCheck } from '../../lib/format/shell.ts';
import { renderUnit } from '../../lib/format/systemd.ts';
import { ELECTION_RETRY, LOCAL_API, type LoopbackAuthorities, loopbackFlags } from './local-api.ts';

/** Arguments of {@link planControllerManager}. */
export interface ControllerManagerArgs {
  readonly config: ClusterConfig;
  readonly certificates: LoopbackAuthorities & {
    /** Its key signs what the CertificateSigningRequest API approves. */
    readonly 'kubernetes-ca': InstalledPair;
    readonly 'service-account': InstalledKeys;
    readonly 'kube-controller-manager': InstalledClient;
  };
}

/**
 * kube-controller-manager, one active among the controllers. It hands out no pod ranges: with the bridge network they
 * are ours, known before any node exists; with another network plugin they are the plugin's.
 */
export function planControllerManager(args: ControllerManagerArgs): ProgramPlan {
  const { config, certificates } = args;
  const { 'kubernetes-ca': ca, 'front-proxy-ca': frontProxyCa, 'kube-controller-manager': client } = certificates;
  return {
    files: {
      ...kubeconfigFile(config.clusterName, LOCAL_API, ca, client),
      '/etc/systemd/system/kube-controller-manager.service': publicFile(unit(args)),
    },
    links: binaryLinks('kubernetes', config.kubernetesVersion, ['kube-controller-manager']),
    services: [
      {
        unit: 'kube-controller-manager.service',
        restartOn: [
          '/usr/local/bin/kube-controller-manager',
          client.kubeconfig.path,
          ca.certificate.path,
          ca.key.path,
          frontProxyCa.certificate.path,
          certificates['service-account'].privateKey.path,
        ],
      },
    ],
    // It signs its own serving certificate and listens on loopback alone.
    health: curlCheck({ url: 'https://127.0.0.1:10257/healthz', insecure: true }),
  };
}

function unit({ config, certificates }: ControllerManagerArgs): string {
  const { 'kubernetes-ca': ca, 'kube-controller-manager': client } = certificates;
  return renderUnit({
    description: 'kube-controller-manager',
    documentation: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/',
    type: 'exec',
    start: {
      binary: '/usr/local/bin/kube-controller-manager',
      arguments: flags({
        ...loopbackFlags(client.kubeconfig.path, certificates),
        profiling: false,
        kubeconfig: client.kubeconfig.path,
        'leader-elect': true,
        'leader-elect-retry-period': ELECTION_RETRY,
        'cluster-name': config.clusterName,
        'allocate-node-cidrs': false,
        'service-cluster-ip-range': config.serviceCidr,
        'cluster-signing-cert-file': ca.certificate.path,
        'cluster-signing-key-file': ca.key.path,
        'root-ca-file': ca.certificate.path,
        'service-account-private-key-file': certificates['service-account'].privateKey.path,
        'use-service-account-credentials': true,
        ...config.controllerManagerExtraArgs,
      }),
    },
  });
}
