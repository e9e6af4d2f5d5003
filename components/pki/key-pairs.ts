import * as pulumi from '@pulumi/pulumi';
import * as tls from '@pulumi/tls';
import type { ApiServerCertSans } from '../remote/machine.ts';
import type { CertificateSpec } from './certificates.ts';

/** Key types of this project. The curve is always given: the provider's default, P224, is refused by Go's TLS. */
export type KeyAlgorithm = 'ECDSA-P256' | 'RSA-2048';

/** The parts of a subject that are the same for every certificate of a cluster. */
export interface CommonSubject {
  readonly organization?: string;
  readonly organizationalUnit?: string;
  readonly country?: string;
  readonly locality?: string;
  readonly province?: string;
}

/** How long certificates live, in hours. */
export interface Lifetime {
  readonly validityHours: number;
  /** Within this many hours of its end, the next `pulumi up` issues a new one. */
  readonly renewalHours: number;
}

/** A certificate with its key, PEM; the key is a secret. */
export interface KeyPair {
  readonly certificate: pulumi.Output<string>;
  readonly key: pulumi.Output<string>;
  /** RFC 3339 time after which the certificate is refused. */
  readonly expires: pulumi.Output<string>;
}

/** A new private key of the given type. */
export function privateKey(name: string, algorithm: KeyAlgorithm, opts: pulumi.CustomResourceOptions): tls.PrivateKey {
  const args =
    algorithm === 'RSA-2048' ? { algorithm: 'RSA', rsaBits: 2048 } : { algorithm: 'ECDSA', ecdsaCurve: 'P256' };
  return new tls.PrivateKey(name, args, opts);
}

export interface AuthorityArgs {
  readonly commonName: string;
  readonly subject: CommonSubject;
  readonly algorithm: KeyAlgorithm;
  readonly lifetime: Lifetime;
  /** Whether a plain update is refused to delete it: everything it signed would be worthless. */
  readonly protect: boolean;
}

/**
 * A certificate authority of the cluster's own. It keeps what it was created with: a changed key type, subject or
 * validity is for certificates that are signed later, since a replaced authority is trusted by no machine that runs.
 */
export class Authority extends pulumi.ComponentResource implements KeyPair {
  readonly certificate: pulumi.Output<string>;
  readonly key: pulumi.Output<string>;
  readonly expires: pulumi.Output<string>;

  constructor(name: string, args: AuthorityArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:pki:Authority', name, {}, opts);
    const child = { parent: this, protect: args.protect };
    const kept = { ...child, ignoreChanges: ['algorithm', 'ecdsaCurve', 'rsaBits'] };
    const key = privateKey(name, args.algorithm, kept);
    const certificate = new tls.SelfSignedCert(
      name,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { ...args.subject, commonName: args.commonName },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ['cert_signing', 'crl_signing', 'digital_signature'],
        validityPeriodHours: args.lifetime.validityHours,
        // Its replacement would be trusted by nobody: an authority is never renewed as a leaf is.
        earlyRenewalHours: 0,
      },
      { ...child, ignoreChanges: ['subject', 'validityPeriodHours'] },
    );
    this.key = pulumi.secret(key.privateKeyPem);
    this.certificate = certificate.certPem;
    this.expires = certificate.validityEndTime;
    this.registerOutputs();
  }
}

export interface LeafArgs {
  readonly spec: CertificateSpec;
  /** Names and addresses besides those of its row. Default none. */
  readonly names?: ApiServerCertSans;
  readonly authority: KeyPair;
  readonly subject: CommonSubject;
  readonly algorithm: KeyAlgorithm;
  readonly lifetime: Lifetime;
}

/** A certificate of the table, signed. Its row is its input, so a preview shows which name or address changes. */
export class Leaf extends pulumi.ComponentResource implements KeyPair {
  /** Its row. */
  readonly spec: CertificateSpec;
  readonly certificate: pulumi.Output<string>;
  readonly key: pulumi.Output<string>;
  readonly expires: pulumi.Output<string>;

  constructor(name: string, args: LeafArgs, opts: pulumi.ComponentResourceOptions) {
    const { spec } = args;
    super('hardway:pki:Leaf', name, { ...spec }, opts);
    this.spec = spec;
    const child = { parent: this };
    const key = privateKey(name, args.algorithm, child);
    const request = new tls.CertRequest(
      name,
      {
        privateKeyPem: key.privateKeyPem,
        // The organization is a group to Kubernetes, so a leaf gets the one of its row and never the common one.
        subject: { ...args.subject, commonName: spec.commonName, organization: spec.organization },
        dnsNames: [...spec.dnsNames, ...(args.names?.dnsNames ?? [])],
        ipAddresses: [...spec.ipAddresses, ...(args.names?.ipAddresses ?? [])],
      },
      child,
    );
    const certificate = new tls.LocallySignedCert(
      name,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: args.authority.key,
        caCertPem: args.authority.certificate,
        allowedUses: [
          'digital_signature',
          ...(args.algorithm === 'RSA-2048' ? ['key_encipherment'] : []),
          ...spec.usages,
        ],
        validityPeriodHours: args.lifetime.validityHours,
        earlyRenewalHours: args.lifetime.renewalHours,
      },
      child,
    );
    this.key = pulumi.secret(key.privateKeyPem);
    this.certificate = certificate.certPem;
    this.expires = certificate.validityEndTime;
    this.registerOutputs();
  }
}
