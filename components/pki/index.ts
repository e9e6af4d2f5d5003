import { createHash } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { RoleName } from '../../config/roles.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { type CertificatePair, publicFile, secretFile } from '../../lib/format/certificates.ts';
import { kubeconfig } from '../../lib/format/kubeconfig.ts';
import type { ApiServerCertSans } from '../remote/machine.ts';
import {
  type AuthorityName,
  authorities,
  type CertificatesOf,
  certificateId,
  certificateSpecs,
  certificates,
  installedOn,
} from './certificates.ts';
import { Authority, type KeyPair, Leaf, privateKey } from './key-pairs.ts';

export interface PkiArgs {
  readonly config: ClusterConfig;
  /** Names and addresses of the API that are known only once the machines exist. Default none. */
  readonly apiServerCertSans?: ApiServerCertSans;
}

/** 32 bytes, base64, out of a random text of more than 256 bits. */
const keyOf = (seed: string): string => createHash('sha256').update(seed).digest('base64');

/** Enough of a digest to tell keys apart, and too little to be one. */
const fingerprintOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 12);

/** Every key and certificate of the cluster. */
export class Pki extends pulumi.ComponentResource {
  /** The authorities by name. */
  readonly authorities: Readonly<Record<AuthorityName, KeyPair>>;
  /** The pair that signs and verifies service-account tokens. */
  readonly serviceAccount: { readonly privateKey: pulumi.Output<string>; readonly publicKey: pulumi.Output<string> };
  /** 32 random bytes, base64: the key of encryption at rest. */
  readonly encryptionKey: pulumi.Output<string>;
  /** A digest of it, by which one key is told from another. */
  readonly encryptionFingerprint: pulumi.Output<string>;
  /** RFC 3339 end of validity by certificate. */
  readonly expires: Readonly<Record<string, pulumi.Output<string>>>;
  readonly #leaves: ReadonlyMap<string, Leaf>;

  constructor(name: string, args: PkiArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:pki:Pki', name, {}, opts);
    const { config } = args;
    const subject = config.certificateSubject;
    const algorithm = config.certificateKeyAlgorithm;
    const renewalHours = config.certificateRenewalHours;
    // Everything a cluster ever signed hangs on these; a lab is there to be thrown away.
    const protect = config.machines !== 'lab';
    const child = { parent: this };
    const authority = (id: AuthorityName): KeyPair =>
      new Authority(
        `${name}-${id}-ca`,
        {
          commonName: `${config.clusterName} ${authorities[id].commonName}`,
          subject,
          algorithm,
          lifetime: { validityHours: config.caValidityHours, renewalHours },
          protect,
        },
        child,
      );
    this.authorities = {
      kubernetes: authority('kubernetes'),
      etcd: authority('etcd'),
      'front-proxy': authority('front-proxy'),
    };
    this.#leaves = new Map(
      certificateSpecs(config).map((spec) => {
        const lifetime = { validityHours: config.certificateValidityHours, renewalHours };
        const names = spec.id === 'kube-apiserver' ? args.apiServerCertSans : undefined;
        const leaf = { spec, names, authority: this.authorities[spec.authority], subject, algorithm, lifetime };
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
    this.encryptionFingerprint = pulumi.unsecret(this.encryptionKey.apply(fingerprintOf));
    this.expires = Object.fromEntries([
      ...Object.entries(this.authorities).map(([id, pair]) => [`${id}-ca`, pair.expires]),
      ...[...this.#leaves].map(([id, pair]) => [id, pair.expires]),
    ]);
    this.registerOutputs();
  }

  /** The user that the client certificate of a row authenticates as. */
  userOf(row: keyof typeof certificates, machine = ''): string {
    return this.#leaf(certificateId(row, machine)).spec.commonName;
  }

  /** What a role of a machine holds, by the rows of the certificate table. */
  certificatesOf<R extends RoleName>(role: R, machine: string): pulumi.Output<CertificatesOf<R>> {
    const existing = installedOn(role).filter(({ name }) => this.#exists(name, machine));
    const held = existing.map(({ name, place }) => {
      if ('kubeconfig' in place) {
        const leaf = this.#leaf(certificateId(name as keyof typeof certificates, machine));
        const client = { path: place.kubeconfig, user: leaf.spec.commonName, client: pair(leaf) };
        return [name, pulumi.output({ kubeconfig: client })] as const;
      }
      if ('privateKey' in place) {
        const { privateKey, publicKey } = this.serviceAccount;
        const files = {
          privateKey: fileAt(place.privateKey, privateKey, secretFile),
          publicKey: fileAt(place.publicKey, publicKey, publicFile),
        };
        return [name, pulumi.output(files)] as const;
      }
      const { certificate, key } = this.#keyPair(name, machine);
      const files = {
        certificate: fileAt(place.certificate, certificate, publicFile),
        ...(place.key === undefined ? {} : { key: fileAt(place.key, key, secretFile) }),
      };
      return [name, pulumi.output(files)] as const;
    });
    // The table's types say what each row has in this role; here it is put together by the table's values.
    return pulumi.output(Object.fromEntries(held)) as unknown as pulumi.Output<CertificatesOf<R>>;
  }

  /** The administrator's kubeconfig for the given server; a secret. */
  adminKubeconfig(clusterName: string, server: pulumi.Input<string>): pulumi.Output<string> {
    return pulumi.secret(
      pulumi
        .all([server, this.authorities.kubernetes.certificate, pair(this.#leaf('admin'))])
        .apply(([url, caCertificatePem, client]) =>
          kubeconfig({ clusterName, server: url, caCertificatePem, user: 'admin', client }),
        ),
    );
  }

  /** Whether this cluster has the row: some belong to programs that it may not run. */
  #exists(name: string, machine: string): boolean {
    return !(name in certificates) || this.#leaves.has(certificateId(name as keyof typeof certificates, machine));
  }

  #keyPair(name: string, machine: string): KeyPair {
    const authority = name.endsWith('-ca')
      ? this.authorities[name.slice(0, -'-ca'.length) as AuthorityName]
      : undefined;
    return authority ?? this.#leaf(certificateId(name as keyof typeof certificates, machine));
  }

  #leaf(id: string): Leaf {
    const leaf = this.#leaves.get(id);
    if (!leaf) throw new Error(`the certificate table has no row ${id}`);
    return leaf;
  }
}

/** A file of a role whose content is known later. */
function fileAt(path: string, content: pulumi.Output<string>, file: typeof publicFile) {
  return content.apply((pem) => ({ path, file: file(pem) }));
}

/** A pair as kubeconfigs take it: plain once its output is resolved. */
function pair({ certificate, key }: KeyPair): pulumi.Output<CertificatePair> {
  return pulumi.all([certificate, key]).apply(([certificatePem, privateKeyPem]) => ({ certificatePem, privateKeyPem }));
}
