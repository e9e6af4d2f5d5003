import type { CertificateFault } from './certificates.ts';
import type { Asked, Reply } from './reply.ts';

/** What goes wrong. */
export type Trouble =
  /** Another answer than the right one: a redirect, a refusal, a limit, an error. */
  | { readonly reply: Reply }
  /** The connection ends after so many bytes; the host may also not read `Range`. */
  | { readonly cutAfter: number; readonly ranges?: boolean }
  /** Other bytes than the right ones, in the right number. */
  | { readonly corrupt: true }
  /** The answer begins after so many milliseconds. */
  | { readonly delayMs: number }
  /** No answer at all; the connection stays open. */
  | { readonly silent: true }
  /** The connection is reset as soon as the request has come. */
  | { readonly reset: true };

/** A fault on demand. */
export interface Fault {
  /** The host, without a port. */
  readonly host: string;
  /** Which requests; default all of that host. */
  readonly path?: RegExp;
  /** `GET` or `HEAD`; default both. */
  readonly method?: string;
  /** How many requests meet it; default all. Damage to a body is met by requests for the body alone, not by probes. */
  readonly times?: number;
  readonly trouble: Trouble;
}

/** Faults that are waiting for requests. */
export class Faults {
  #waiting: { readonly fault: Fault; left: number }[] = [];
  readonly #certificates = new Map<string, CertificateFault>();

  /** Adds a fault; of several that match, the first is met. */
  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  /** Serves a certificate that must not be accepted. */
  spoilCertificate(host: string, fault: CertificateFault): void {
    this.#certificates.set(host, fault);
  }

  /** What is wrong with a host's certificate. */
  certificateOf(host: string): CertificateFault | undefined {
    return this.#certificates.get(host);
  }

  /** Everything is right again. */
  clear(): void {
    this.#waiting = [];
    this.#certificates.clear();
  }

  /** The trouble that a request meets, which is then used up by one. */
  meet({ method, host, url, headers }: Asked): Trouble | undefined {
    const isProbe = method === 'HEAD' || headers.range === 'bytes=0-0';
    const found = this.#waiting.find(
      ({ fault, left }) =>
        left > 0 &&
        !(isProbe && ('cutAfter' in fault.trouble || 'corrupt' in fault.trouble)) &&
        fault.host === host &&
        (fault.method === undefined || fault.method === method) &&
        (fault.path?.test(url.pathname) ?? true),
    );
    if (found) found.left -= 1;
    return found?.fault.trouble;
  }
}
