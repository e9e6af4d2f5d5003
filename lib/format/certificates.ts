import type { FilePlan } from './role.ts';

/** A certificate and its private key, both PEM. */
export interface CertificatePair {
  /** The certificate, PEM. */
  readonly certificatePem: string;
  /** Its private key, PEM. Never leaves the machine's 0600 files. */
  readonly privateKeyPem: string;
}

/** A file that anyone on the machine may read: certificates, public keys, configuration without secrets. */
export function publicFile(content: string): FilePlan {
  return { content: withFinalNewline(content), mode: 0o644 };
}

/** A file that only root may read: private keys and everything that holds one. */
export function secretFile(content: string): FilePlan {
  return { content: withFinalNewline(content), mode: 0o600 };
}

/** A file that is run. */
export function executableFile(content: string): FilePlan {
  return { content: withFinalNewline(content), mode: 0o755 };
}

/** One file of the certificate table: where a role has it, and what it holds. */
export interface InstalledFile {
  readonly path: string;
  readonly file: FilePlan;
}

/** A certificate that is on a machine without its key, an authority's usually. */
export interface InstalledCertificate {
  readonly certificate: InstalledFile;
}

/** A certificate and its key, each in a file. */
export interface InstalledPair extends InstalledCertificate {
  readonly key: InstalledFile;
}

/** A key and its public half, each in a file. */
export interface InstalledKeys {
  readonly privateKey: InstalledFile;
  readonly publicKey: InstalledFile;
}

/** A client certificate that is on a machine only inside a kubeconfig. */
export interface InstalledClient {
  readonly kubeconfig: {
    /** Path of the kubeconfig. */
    readonly path: string;
    /** The user that the certificate authenticates: its common name. */
    readonly user: string;
    readonly client: CertificatePair;
  };
}

/** The files of certificates and keys, as a plan has them. */
export function installedFiles(
  ...installed: readonly (InstalledCertificate | InstalledPair | InstalledKeys)[]
): Record<string, FilePlan> {
  const files = installed.flatMap((one) => Object.values(one) as InstalledFile[]);
  return Object.fromEntries(files.map(({ path, file }) => [path, file]));
}

function withFinalNewline(content: string): string {
  return content === '' || content.endsWith('\n') ? content : `${content}\n`;
}
