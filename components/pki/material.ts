import * as pulumi from '@pulumi/pulumi';
import type { CertificatePair } from '../../lib/format/certificates.ts';
import type { KeyPair } from './certificate.ts';

/** A pair as renderers take it: plain once its output is resolved. */
export function pair(keyPair: KeyPair): pulumi.Output<CertificatePair> {
  return pulumi
    .all([keyPair.certificate, keyPair.key])
    .apply(([certificatePem, privateKeyPem]) => ({ certificatePem, privateKeyPem }));
}
