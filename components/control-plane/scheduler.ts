import type { ClusterConfig } from '../../config/schema.ts';
import { type InstalledClient, publicFile } from '../../lib/format/certificates.ts';
import { flags } from '../../lib/format/flags.ts';
import { kubeconfigFile } from '../../lib/format/kubeconfig.ts';
import { binaryLinks, type ProgramPlan } from '../../lib/format/role.ts';
import { curlCheck } from '../../lib/format/shell.ts';
import { renderUnit } from '../../lib/format/systemd.ts';
import { toYaml } from '../../lib/format/yaml.ts';
import { ELECTION_RETRY, LOCAL_API, type LoopbackAuthorities, loopbackFlags } from './local-api.ts';

/** Arguments of {@link planScheduler}. */
export interface SchedulerArgs {
  readonly config: ClusterConfig;
  readonly certificates: LoopbackAuthorities & { readonly 'kube-scheduler': InstalledClient };
}

const CONFIGURATION = '/etc/kubernetes/scheduler.yaml';

/** kube-scheduler, one active among the controllers. */
export function planScheduler({ config, certificates }: SchedulerArgs): ProgramPlan {
  const { 'kubernetes-ca': ca, 'front-proxy-ca': frontProxyCa, 'kube-scheduler': client } = certificates;
  const kubeconfig = client.kubeconfig.path;
  return {
    files: {
      ...kubeconfigFile(config.clusterName, LOCAL_API, ca, client),
      [CONFIGURATION]: publicFile(configuration(kubeconfig)),
      '/etc/systemd/system/kube-scheduler.service': publicFile(unit({ config, certificates })),
    },
    links: binaryLinks('kubernetes', config.kubernetesVersion, ['kube-scheduler']),
    services: [
      {
        unit: 'kube-scheduler.service',
        restartOn: [
          '/usr/local/bin/kube-scheduler',
          CONFIGURATION,
          kubeconfig,
          ca.certificate.path,
          frontProxyCa.certificate.path,
        ],
      },
    ],
    // It signs its own serving certificate and listens on loopback alone.
    health: curlCheck({ url: 'https://127.0.0.1:10259/healthz', insecure: true }),
  };
}

function unit({ config, certificates }: SchedulerArgs): string {
  const kubeconfig = certificates['kube-scheduler'].kubeconfig.path;
  return renderUnit({
    description: 'kube-scheduler',
    documentation: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/',
    type: 'exec',
    start: {
      binary: '/usr/local/bin/kube-scheduler',
      arguments: flags({
        ...loopbackFlags(kubeconfig, certificates),
        config: CONFIGURATION,
        ...config.schedulerExtraArgs,
      }),
    },
  });
}

/** The scheduler with its defaults. Its kubeconfig is named here because `--kubeconfig` is ignored with `--config`. */
function configuration(kubeconfig: string): string {
  return toYaml({
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    clientConnection: { kubeconfig },
    leaderElection: { leaderElect: true, retryPeriod: ELECTION_RETRY },
    enableProfiling: false,
  });
}
