import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import type { CertificatePair } from '../../lib/format/certificates.ts';
import { nodesCondition } from '../../lib/format/nodes.ts';
import { weaveRequirements } from '../../lib/format/weave-host.ts';
import { Departure } from '../remote/departure.ts';
import { Gate } from '../remote/gate.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole, rolling } from '../remote/role.ts';
import type { ImageMirror } from './containerd.ts';
import { workerFiles } from './files.ts';
import { leaveScript } from './leave.ts';

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
    | 'weaveFastDatapath'
    | 'weaveNetworkPolicy'
    | 'weaveIptablesBackend'
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
  /** With this, the nodes go without a word: there is no cluster left to leave. */
  readonly deletedWith: pulumi.Resource;
}

/** containerd, kubelet and kube-proxy on every node. */
export class Workers extends pulumi.ComponentResource {
  /** Names of the nodes, known only once all of them are registered and, on the bridge network, ready. */
  readonly nodes: pulumi.Output<string[]>;
  /** The roles by node. */
  readonly rolesByNode: Readonly<Record<string, RemoteRole>>;

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
    // With the other networks a node is Ready only once something was applied through the API, which comes later.
    const ready = args.config.cni === 'bridge';
    const gate = new Gate(
      `${name}-verified`,
      {
        machine: args.observer,
        expects: `nodes ${names.join(', ')} are ${ready ? 'Ready' : 'registered'}`,
        condition: nodesCondition(names, ready),
        watches: roles.map((role) => role.revision),
        after: roles,
      },
      { parent: this },
    );
    // A node on Weave Net takes leave of that too, and the cluster with it.
    if (args.config.cni !== 'weave') this.#departures(name, args, args.observer, roles);
    this.rolesByNode = Object.fromEntries(roles.map((role, index) => [names[index] ?? '', role]));
    this.nodes = gate.verified(names);
    this.registerOutputs({ nodes: this.nodes });
  }

  /** What a node does before its role is taken off it: pods that are left there would be waited for in vain. */
  #departures(name: string, args: WorkersArgs, observer: Machine, roles: readonly RemoteRole[]): void {
    for (const [index, node] of args.nodes.entries()) {
      new Departure(
        `${name}-leave-${node.name}`,
        {
          machine: observer,
          script: leaveScript(node.name),
          after: roles.slice(index, index + 1),
          deletedWith: args.deletedWith,
        },
        { parent: this },
      );
    }
  }

  #plan({ config, ...args }: WorkersArgs, machine: Machine) {
    const tainted = config.machinesList.some((one) => one.name === machine.name && one.tainted);
    return pulumi.output(args.certificates(machine.name)).apply(({ kubeProxy, ...certificates }) =>
      workerFiles({
        clusterName: config.clusterName,
        nodeName: machine.name,
        address: machine.address,
        apiServer: `https://${config.derived.controlPlaneEndpoint}:6443`,
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
        network: config.cni,
        require:
          config.cni === 'weave'
            ? weaveRequirements({
                fastDatapath: config.weaveFastDatapath,
                networkPolicy: config.weaveNetworkPolicy,
                iptablesBackend: config.weaveIptablesBackend,
              })
            : [],
      }),
    );
  }
}
