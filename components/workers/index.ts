import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import type { CertificatePair } from '../../render/certificates.ts';
import { Gate } from '../remote/gate.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole, rolling } from '../remote/role.ts';
import type { ImageMirror } from './containerd.ts';
import { workerFiles } from './files.ts';

/** What a node holds of the cluster's keys. */
export interface NodeCertificates {
  readonly caCertificatePem: string;
  readonly kubeletServer: CertificatePair;
  readonly kubeletClient: CertificatePair;
  readonly kubeProxy: CertificatePair;
}

export interface WorkersArgs {
  readonly config: Pick<
    ClusterConfig,
    | 'clusterName'
    | 'clusterDomain'
    | 'podCidr'
    | 'kubernetesVersion'
    | 'containerdVersion'
    | 'runcVersion'
    | 'cniPluginsVersion'
    | 'crictlVersion'
    | 'upstreamNameservers'
    | 'cni'
    | 'machinesList'
    | 'derived'
  >;
  /** The machines that register as nodes, tainted controllers included. */
  readonly nodes: readonly Machine[];
  /** A controller, where the arrival of the nodes is watched. */
  readonly observer: Machine | undefined;
  readonly certificates: (machine: string) => pulumi.Input<NodeCertificates>;
  /** Image reference of the pods' sandboxes. */
  readonly pauseImage: string;
  /** Where images come from before their publisher is asked. Default: the publishers alone. */
  readonly imageMirror: ImageMirror | undefined;
  /**
   * What an update of a node follows: the control plane's roles, so that no kubelet gets newer than an API server.
   * On a first creation these wait for nothing, and nodes keep trying until the API answers.
   */
  readonly after: readonly pulumi.Resource[];
}

/** containerd, kubelet and kube-proxy on every node. */
export class Workers extends pulumi.ComponentResource {
  /** Names of the nodes, known only once all of them are registered and, with a pod network of ours, ready. */
  readonly nodes: pulumi.Output<string[]>;

  constructor(name: string, args: WorkersArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:workers:Workers', name, { version: args.config.kubernetesVersion }, opts);
    const roles = rolling(
      args.nodes,
      (machine, after) =>
        new RemoteRole(
          `${name}-${machine.name}`,
          { machine, role: 'node', plan: this.#plan(args, machine), after: [...args.after, ...after] },
          { parent: this },
        ),
    );
    const names = args.nodes.map((node) => node.name);
    if (!args.observer) throw new Error('a cluster needs at least one controller');
    const gate = new Gate(
      `${name}-verified`,
      {
        machine: args.observer,
        expects: `nodes ${names.join(', ')} are ${args.config.cni === 'none' ? 'registered' : 'Ready'}`,
        condition: nodesCondition(names, args.config.cni !== 'none'),
        watches: roles.map((role) => role.revision),
        after: roles,
      },
      { parent: this },
    );
    this.nodes = gate.verified(names);
    this.registerOutputs({ nodes: this.nodes });
  }

  #plan({ config, ...args }: WorkersArgs, machine: Machine) {
    const tainted = config.machinesList.some((one) => one.name === machine.name && one.tainted);
    return pulumi.output(args.certificates(machine.name)).apply(({ kubeProxy, ...certificates }) =>
      workerFiles({
        clusterName: config.clusterName,
        nodeName: machine.name,
        address: machine.address,
        apiServer: `https://${config.derived.endpointHost}:6443`,
        clusterDomain: config.clusterDomain,
        clusterDns: [config.derived.dnsServiceAddress],
        clusterPodCidr: config.podCidr,
        versions: {
          kubernetes: config.kubernetesVersion,
          containerd: config.containerdVersion,
          runc: config.runcVersion,
          cniPlugins: config.cniPluginsVersion,
          crictl: config.crictlVersion,
        },
        ...certificates,
        kubeProxyClient: kubeProxy,
        pauseImage: args.pauseImage,
        imageMirror: args.imageMirror,
        upstreamNameservers: config.upstreamNameservers,
        taints: tainted ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] : [],
        host: machine.host,
        kubectl: !machine.roles.includes('controller'),
      }),
    );
  }
}

/** Holds when every one of the nodes is registered, and Ready where that is asked; prints those that are not. */
export function nodesCondition(names: readonly string[], ready: boolean): string {
  const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=2s get nodes --no-headers';
  const state = ready ? '$2 == "Ready" || $2 ~ /^Ready,/' : '1';
  const wanted = names.join(' ');
  return (
    `${kubectl} | awk -v wanted='${wanted}' '${state} { seen[$1] = 1 } ` +
    `END { n = split(wanted, names, " "); for (i = 1; i <= n; i++) if (!(names[i] in seen)) { print names[i] " is not there"; missing = 1 } exit missing }'`
  );
}
