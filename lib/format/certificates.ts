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

/** `<base>.crt` and `<base>.key`, the names by which Kubernetes' own tools look for a pair. */
export function certificateFiles(base: string, pair: CertificatePair): Record<string, FilePlan> {
  return { [`${base}.crt`]: publicFile(pair.certificatePem), [`${base}.key`]: secretFile(pair.privateKeyPem) };
}

function withFinalNewline(content: string): string {
  return content === '' || content.endsWith('\n') ? content : `${content}\n`;
}
