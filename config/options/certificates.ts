/** Options of keys and certificates. */
import { z } from 'zod';
import { option } from './option.ts';
import { choice, count, withMessages } from './schemas.ts';

const bestPractices = 'https://kubernetes.io/docs/setup/best-practices/certificates/';

/** The algorithms of certificates and keys: the elliptic curve P-256, or RSA with 2048 bits. */
const keyAlgorithm = choice(['ECDSA-P256', 'RSA-2048']);
/** A hundred years. */
const mostHours = 876_000;

/** One part of a certificate's subject. An organization that begins with `system:` would be a Kubernetes group with rights. */
const subjectPart = withMessages(z.string().regex(/^(?!system:)[^\p{Cc}]{1,64}$/u), {
  rule: 'must be a text of 1 to 64 characters that does not begin with "system:", the prefix of Kubernetes\' own groups',
  fix: 'Choose another text, or leave the key out.',
});

/** What certificates say about their owner, besides the name and group that Kubernetes reads. */
const subject = withMessages(
  z.strictObject({
    organization: subjectPart.optional(),
    organizationalUnit: subjectPart.optional(),
    country: withMessages(z.string().regex(/^[A-Z]{2}$/), {
      rule: 'must be a country code of two capital letters (ISO 3166)',
      fix: 'Write it like "US", or leave the key out.',
    }).optional(),
    locality: subjectPart.optional(),
    province: subjectPart.optional(),
  }),
  {
    rule: 'must be a mapping with any of the keys organization, organizationalUnit, country, locality, province',
    fix: 'Write it like {organization: Kubernetes, country: US}.',
  },
);

/** The options, in the order a reader wants them. */
export const certificateOptions = {
  certificateKeyAlgorithm: option(
    keyAlgorithm,
    'ECDSA-P256',
    'Key of every certificate, the authorities included: "ECDSA-P256" or "RSA-2048".',
    bestPractices,
    { example: 'RSA-2048' },
  ),
  serviceAccountKeyAlgorithm: option(
    keyAlgorithm,
    'ECDSA-P256',
    'Key that signs service account tokens: "ECDSA-P256" or "RSA-2048".',
    'kube-apiserver --service-account-signing-key-file',
    { example: 'RSA-2048' },
  ),
  caValidityHours: option(
    count('hours', 1, mostHours),
    87_600,
    'How long the certificate authorities are valid, in hours, 1 to 876000: 87600 is ten years.',
    bestPractices,
    { example: 43_800 },
  ),
  certificateValidityHours: option(
    count('hours', 1, mostHours),
    8_760,
    'How long every other certificate is valid, in hours, 1 to caValidityHours: 8760 is a year.',
    bestPractices,
    { example: 2160 },
  ),
  certificateRenewalHours: option(
    count('hours', 0, mostHours),
    720,
    'How long before its expiry the next `up` renews a certificate, in hours, 0 to less than certificateValidityHours.',
    'https://www.pulumi.com/registry/packages/tls/api-docs/locallysignedcert/',
    { example: 336 },
  ),
  certificateSubject: option(
    subject,
    {
      organization: 'Kubernetes',
      organizationalUnit: 'Kubernetes The Hard Way',
      country: 'US',
      locality: 'Portland',
      province: 'Oregon',
    },
    'Subject of the certificates besides the names and groups that Kubernetes reads: a mapping with any of organization, organizationalUnit, country, locality, province. A key that is left out is not in the certificates.',
    'https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates',
    { example: { organization: 'Example', country: 'DE' } },
  ),
} as const;
