import { generateKeyPair, sign as signBytes } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** What is wrong with a certificate, where something is. */
export type CertificateFault = 'expired' | 'unknown-authority' | 'other-host';

/** A certificate authority made for one run: nothing trusts it unless it is told to. */
export interface Authority {
  /** Its certificate, PEM: what clients add to those that they trust. */
  readonly certificate: string;
  /** A server's key and certificate for one host name. */
  contextFor(host: string, fault?: CertificateFault): SecureContext;
}

const day = 24 * 60 * 60 * 1000;
const generate = promisify(generateKeyPair);

/** Node's own key beside what forge needs of it: forge's arithmetic takes seconds for what Node does in a moment. */
interface Keys {
  readonly publicKey: forge.pki.rsa.PublicKey;
  /** PEM. */
  readonly privateKey: string;
}

async function makeKeys(): Promise<Keys> {
  const { privateKey, publicKey } = await generate('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privateKey, publicKey: forge.pki.publicKeyFromPem(publicKey) as forge.pki.rsa.PublicKey };
}

/** Signs a certificate that is complete. */
function signWith(certificate: forge.pki.Certificate, { privateKey }: Keys): void {
  const sign = (): string => {
    const content = forge.asn1.toDer(certificate.tbsCertificate as forge.asn1.Asn1).getBytes();
    return signBytes('sha256', Buffer.from(content, 'latin1'), privateKey).toString('latin1');
  };
  certificate.sign({ sign } as unknown as forge.pki.rsa.PrivateKey, forge.md.sha256.create());
}

interface Issuer {
  readonly keys: Keys;
  readonly certificate: forge.pki.Certificate;
}

let serial = 0;

function blank(commonName: string, publicKey: forge.pki.PublicKey, from: number, until: number): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  serial += 1;
  certificate.serialNumber = `01${(Date.now() * 1000 + serial).toString(16).padStart(16, '0')}`;
  certificate.validity.notBefore = new Date(from);
  certificate.validity.notAfter = new Date(until);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  return certificate;
}

async function makeIssuer(commonName: string): Promise<Issuer> {
  const keys = await makeKeys();
  const now = Date.now();
  const certificate = blank(commonName, keys.publicKey, now - day, now + 30 * day);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  signWith(certificate, keys);
  return { keys, certificate };
}

function issue(issuer: Issuer, keys: Keys, host: string, expired: boolean): SecureContext {
  const now = Date.now();
  const certificate = blank(host, keys.publicKey, now - 10 * day, expired ? now - day : now + 30 * day);
  certificate.setIssuer(issuer.certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: host }] },
  ]);
  signWith(certificate, issuer.keys);
  return createSecureContext({
    key: keys.privateKey,
    cert: forge.pki.certificateToPem(certificate),
  });
}

/** Makes an authority, and a second one that nobody is ever told of, for the fault `unknown-authority`. */
export async function makeAuthority(): Promise<Authority> {
  const [known, unknown, keys] = await Promise.all([
    makeIssuer('hardway test authority'),
    makeIssuer('hardway test authority that nothing trusts'),
    makeKeys(),
  ]);
  const made = new Map<string, SecureContext>();
  return {
    certificate: forge.pki.certificateToPem(known.certificate),
    contextFor: (host, fault) => {
      const key = `${host} ${fault ?? ''}`;
      const present = made.get(key);
      if (present) return present;
      const issuer = fault === 'unknown-authority' ? unknown : known;
      const name = fault === 'other-host' ? 'another-host.example' : host;
      const context = issue(issuer, keys, name, fault === 'expired');
      made.set(key, context);
      return context;
    },
  };
}
