import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import type { Machine } from '../remote/machine.ts';
import { CoreDns } from './coredns.ts';
import { corefile } from './coredns-config.ts';
import { kubeletAccess } from './kubelet-access.ts';
import { Weave } from './weave/index.ts';

export interface AddonsArgs {
  readonly config: Pick<
    ClusterConfig,
    | 'stack'
    | 'clusterName'
    | 'clusterDomain'
    | 'cni'
    | 'drainTimeoutSeconds'
    | 'kubeProxyMode'
    | 'machines'
    | 'podCidr'
    | 'corednsReplicas'
    | 'upstreamNameservers'
    | 'derived'
    | 'weaveVersion'
    | 'weaveMtu'
    | 'weaveEncryption'
    | 'weavePassword'
    | 'weaveFastDatapath'
    | 'weaveNetworkPolicy'
    | 'weaveNoMasqueradeLocal'
    | 'weaveIptablesBackend'
  >;
  /**
   * Identifies the cluster to the Kubernetes provider: it stays the one that the cluster was created with, since another
   * one would replace every add-on. Default: the stack's and the cluster's name.
   */
  readonly clusterIdentifier: string | undefined;
  /** Kubeconfig of the administrator with the verified endpoint, so that nothing is applied before it answers. */
  readonly kubeconfig: pulumi.Input<string>;
  /** User of the API server's client certificate for kubelets. */
  readonly kubeletClientUser: string;
  /** CoreDNS's image reference. */
  readonly corednsImage: string;
  /** Weave Net's image references; used where `cni` is `weave`. */
  readonly weaveImages: { readonly kube: string; readonly npc: string };
  /** Nodes that do not answer, and are left as they are. */
  readonly leftOut: readonly string[];
  /** Exists once all nodes are registered. */
  readonly nodesRegistered: pulumi.Resource;
  /** The controller on which the pod network is checked. */
  readonly observer: Machine | undefined;
  /** The add-ons are deleted with this. */
  readonly deletedWith: pulumi.Resource;
}

/**
 * Deletes an object before it is created again. The names are fixed: created first, the new object would take the old
 * one's place by server-side apply, and the deletion of the old one would then delete it.
 */
const deleteBeforeReplace: pulumi.ResourceTransformation = ({ type, props, opts }) =>
  type.startsWith('kubernetes:') ? { props, opts: { ...opts, deleteBeforeReplace: true } } : undefined;

/** What the cluster runs for itself, applied through the Kubernetes API. */
export class Addons extends pulumi.ComponentResource {
  readonly #weave: Weave | undefined;

  constructor(name: string, args: AddonsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:addons:Addons', name, {}, { ...opts, transformations: [deleteBeforeReplace] });
    const { config } = args;
    const provider = new k8s.Provider(
      name,
      {
        kubeconfig: pulumi.secret(args.kubeconfig),
        // Known at preview; without it a changed endpoint or CA would replace every add-on.
        clusterIdentifier: args.clusterIdentifier ?? `${config.stack}/${config.clusterName}`,
      },
      { parent: this, deletedWith: args.deletedWith },
    );
    const child = { parent: this, provider, deletedWith: args.deletedWith };
    kubeletAccess(`${name}-kubelet-access`, args.kubeletClientUser, child);
    this.#weave = config.cni === 'weave' ? this.#podNetwork(name, args, provider) : undefined;
    new CoreDns(
      `${name}-coredns`,
      {
        image: args.corednsImage,
        replicas: config.corednsReplicas,
        serviceAddress: config.derived.dnsServiceAddress,
        corefile: corefile({ clusterDomain: config.clusterDomain, upstreamNameservers: config.upstreamNameservers }),
        dependsOn: [this.#weave?.ready ?? args.nodesRegistered],
        // Without a pod network or kube-proxy of ours, or without nodes, its pods stay pending until the user adds one.
        awaitPods: config.cni !== 'none' && config.kubeProxyMode !== 'none' && config.derived.nodeMachines.length > 0,
      },
      { parent: this, providers: [provider] },
      args.deletedWith,
    );
    this.registerOutputs();
  }

  /** The value, once the pod network that is an add-on is ready; at once where there is none. */
  afterPodNetwork<T>(value: pulumi.Output<T>): pulumi.Output<T> {
    return this.#weave ? pulumi.all([value, this.#weave.ready.whenReady(true)]).apply(([known]) => known as T) : value;
  }

  #podNetwork(name: string, args: AddonsArgs, provider: k8s.Provider): Weave {
    const { config, observer } = args;
    if (!observer) throw new Error('a cluster needs at least one controller');
    return new Weave(
      `${name}-weave`,
      {
        images: args.weaveImages,
        version: config.weaveVersion,
        podCidr: config.podCidr,
        mtu: config.weaveMtu,
        encrypted: config.weaveEncryption === 'auto' ? config.machines !== 'lab' : config.weaveEncryption === 'on',
        password: config.weavePassword === '' ? undefined : pulumi.secret(config.weavePassword),
        fastDatapath: config.weaveFastDatapath,
        networkPolicy: config.weaveNetworkPolicy,
        noMasqueradeLocal: config.weaveNoMasqueradeLocal,
        iptablesBackend: config.weaveIptablesBackend,
        nodes: config.derived.nodeMachines,
        leftOut: args.leftOut,
        config: args.config,
        registered: args.nodesRegistered,
        observer,
        deletedWith: args.deletedWith,
      },
      { parent: this, providers: [provider] },
    );
  }
}
