import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import { CoreDns } from './coredns.ts';
import { corefile } from './coredns-config.ts';
import { kubeletAccess } from './kubelet-access.ts';

export interface AddonsArgs {
  readonly config: Pick<
    ClusterConfig,
    'stack' | 'clusterName' | 'clusterDomain' | 'cni' | 'corednsReplicas' | 'upstreamNameservers' | 'derived'
  >;
  /** Kubeconfig of the administrator with the verified endpoint, so that nothing is applied before it answers. */
  readonly kubeconfig: pulumi.Input<string>;
  /** User of the API server's client certificate for kubelets. */
  readonly kubeletClientUser: string;
  /** CoreDNS's image reference. */
  readonly corednsImage: string;
  /** What takes the add-ons with it when it goes. */
  readonly deletedWith: pulumi.Resource;
}

/** What the cluster runs for itself, applied through the Kubernetes API. */
export class Addons extends pulumi.ComponentResource {
  constructor(name: string, args: AddonsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:addons:Addons', name, {}, opts);
    const { config } = args;
    const provider = new k8s.Provider(
      name,
      {
        kubeconfig: pulumi.secret(args.kubeconfig),
        // Known at preview; without it a changed endpoint or CA would replace every add-on.
        clusterIdentifier: `${config.stack}/${config.clusterName}`,
      },
      { parent: this, deletedWith: args.deletedWith },
    );
    const child = { parent: this, provider, deletedWith: args.deletedWith };
    kubeletAccess(`${name}-kubelet-access`, args.kubeletClientUser, child);
    new CoreDns(
      `${name}-coredns`,
      {
        image: args.corednsImage,
        replicas: config.corednsReplicas,
        serviceAddress: config.derived.dnsServiceAddress,
        corefile: corefile({ clusterDomain: config.clusterDomain, upstreamNameservers: config.upstreamNameservers }),
        // Without a pod network of ours, or without nodes, its pods stay pending until someone sees to that.
        awaitPods: config.cni !== 'none' && config.derived.nodeMachines.length > 0,
      },
      { parent: this, providers: [provider] },
      args.deletedWith,
    );
    this.registerOutputs();
  }
}
