import { createHash } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { ClusterConfig } from '../../config/schema.ts';
import type { CertificatePair } from '../../lib/format/certificates.ts';
import { kubeconfig } from '../../lib/format/kubeconfig.ts';
import type { ApiNames, Machine } from '../remote/machine.ts';
import { Authority, type KeyPair, Leaf, privateKey } from './certificate.ts';
import { type AuthorityName, leafTable } from './leaves.ts';
import { pair } from './material.ts';

export interface PkiArgs {
  readonly config: Pick<
    ClusterConfig,
    | 'clusterName'
    | 'clusterDomain'
    | 'machines'
    | 'certificateSubject'
    | 'certificateKeyAlgorithm'
    | 'serviceAccountKeyAlgorithm'
    | 'caValidityHours'
    | 'certificateValidityHours'
    | 'certificateRenewalHours'
    | 'derived'
  >;
  /** Every machine: its name and address are in its certificates. */
  readonly machines: readonly Machine[];
  /** Names and addresses of the API that are known only once the machines exist. Default none. */
  readonly apiServerCertSans?: ApiNames;
}

/** 32 bytes, base64, out of a random text of more than 256 bits. */
const keyOf = (seed: string): string => createHash('sha256').update(seed).digest('base64');

/** Every key and certificate of the cluster. */
export class Pki extends pulumi.ComponentResource {
  /** The authorities by name. */
  readonly authorities: Readonly<Record<AuthorityName, KeyPair>>;
  /** The pair that signs and verifies service-account tokens. */
  readonly serviceAccount: { readonly privateKey: pulumi.Output<string>; readonly publicKey: pulumi.Output<string> };
  /** 32 random bytes, base64: the key of encryption at rest. */
  readonly encryptionKey: pulumi.Output<string>;
  /** RFC 3339 end of validity by certificate. */
  readonly expires: Readonly<Record<string, pulumi.Output<string>>>;
  readonly #leaves: ReadonlyMap<string, Leaf>;

  constructor(name: string, args: PkiArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:pki:Pki', name, {}, opts);
    const { config } = args;
    const { derived } = config;
    const subject = config.certificateSubject;
    const algorithm = config.certificateKeyAlgorithm;
    const renewalHours = config.certificateRenewalHours;
    // Everything a cluster ever signed hangs on these; a lab is there to be thrown away.
    const protect = config.machines !== 'lab';
    const child = { parent: this };
    const authority = (id: AuthorityName, commonName: string): KeyPair =>
      new Authority(
        `${name}-${id}-ca`,
        { commonName, subject, algorithm, lifetime: { validityHours: config.caValidityHours, renewalHours }, protect },
        child,
      );
    const authorities = {
      kubernetes: authority('kubernetes', `${config.clusterName} Kubernetes CA`),
      etcd: authority('etcd', `${config.clusterName} etcd CA`),
      'front-proxy': authority('front-proxy', `${config.clusterName} front proxy CA`),
    };
    this.authorities = authorities;
    this.#leaves = new Map(
      leafTable({
        machines: args.machines,
        nodes: derived.nodeMachines,
        etcdMembers: derived.etcdMachines,
        clusterDomain: config.clusterDomain,
        firstServiceAddress: derived.firstServiceAddress,
        controlPlaneEndpoint: derived.controlPlaneEndpoint,
      }).map((spec) => {
        const lifetime = { validityHours: config.certificateValidityHours, renewalHours };
        const names = spec.id === 'kube-apiserver' ? args.apiServerCertSans : undefined;
        const leaf = { spec, names, authority: authorities[spec.authority], subject, algorithm, lifetime };
        return [spec.id, new Leaf(`${name}-${spec.id}`, leaf, child)];
      }),
    );
    const serviceAccount = privateKey(`${name}-service-account`, config.serviceAccountKeyAlgorithm, {
      parent: this,
      protect,
    });
    this.serviceAccount = {
      privateKey: pulumi.secret(serviceAccount.privateKeyPem),
      publicKey: serviceAccount.publicKeyPem,
    };
    // Not RandomBytes: its id, which lies in the state as plain text, is made of the bytes themselves.
    const seed = new random.RandomPassword(
      `${name}-encryption-key`,
      { length: 64, special: false },
      { parent: this, protect },
    );
    this.encryptionKey = pulumi.secret(seed.result.apply(keyOf));
    this.expires = Object.fromEntries([
      ...Object.entries(authorities).map(([id, pair]) => [`${id}-ca`, pair.expires]),
      ...[...this.#leaves].map(([id, pair]) => [id, pair.expires]),
    ]);
    this.registerOutputs();
  }

  /** The certificate of an authority, PEM. */
  authority(name: AuthorityName): pulumi.Output<string> {
    return this.authorities[name].certificate;
  }

  /** The pair of one row of the leaf table, as renderers take it. @throws Error when the table has no such row. */
  leaf(id: string): pulumi.Output<CertificatePair> {
    return pair(this.#leaf(id));
  }

  /** The user that the client of one row authenticates as. */
  userOf(id: string): string {
    return this.#leaf(id).spec.commonName;
  }

  /** What an etcd member of the given name serves and identifies itself with. */
  member(name: string): pulumi.Output<{ server: CertificatePair; peer: CertificatePair }> {
    return pulumi.output({ server: this.leaf(`etcd-server-${name}`), peer: this.leaf(`etcd-peer-${name}`) });
  }

  /** What every controller holds: the same on each. */
  controlPlane() {
    return pulumi.output({
      ca: pair(this.authorities.kubernetes),
      apiserver: this.leaf('kube-apiserver'),
      kubeletClient: this.leaf('kube-apiserver-kubelet-client'),
      etcdCaCertificatePem: this.authority('etcd'),
      etcdClient: this.leaf('kube-apiserver-etcd-client'),
      frontProxyCaCertificatePem: this.authority('front-proxy'),
      frontProxyClient: this.leaf('front-proxy-client'),
      serviceAccountPrivateKeyPem: this.serviceAccount.privateKey,
      serviceAccountPublicKeyPem: this.serviceAccount.publicKey,
      controllerManager: this.leaf('kube-controller-manager'),
      scheduler: this.leaf('kube-scheduler'),
      admin: this.leaf('admin'),
    });
  }

  /** What a node of the given name holds. */
  node(name: string) {
    return pulumi.output({
      caCertificatePem: this.authority('kubernetes'),
      kubeletServer: this.leaf(`kubelet-server-${name}`),
      kubeletClient: this.leaf(`kubelet-client-${name}`),
      kubeProxy: this.leaf('kube-proxy'),
    });
  }

  /** The administrator's kubeconfig for the given server; a secret. */
  adminKubeconfig(clusterName: string, server: pulumi.Input<string>): pulumi.Output<string> {
    return pulumi.secret(
      pulumi
        .all([server, this.authority('kubernetes'), this.leaf('admin')])
        .apply(([url, caCertificatePem, client]) =>
          kubeconfig({ clusterName, server: url, caCertificatePem, user: 'admin', client }),
        ),
    );
  }

  #leaf(id: string): Leaf {
    const leaf = this.#leaves.get(id);
    if (!leaf) throw new Error(`the leaf table has no row ${id}`);
    return leaf;
  }
}
