/** Quoting for POSIX `sh`, which is what every line that reaches a machine is read by. */

const NEEDS_NO_QUOTES = /^[A-Za-z0-9_@%+:,./-]+$/;

/**
 * One word of a shell command, quoted only where it must be, so that ordinary paths stay readable.
 *
 * @throws when the text holds a NUL byte: no quoting can carry one.
 */
export function shellQuote(text: string): string {
  if (text.includes('\0')) {
    throw new Error('a shell word cannot hold a NUL byte');
  }
  return NEEDS_NO_QUOTES.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A whole command from its words, each quoted by {@link shellQuote}. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellQuote).join(' ');
}

/** Arguments of {@link curlCheck}. */
export interface CurlCheck {
  /** What is asked, e.g. `https://127.0.0.1:6443/readyz`. */
  readonly url: string;
  /** Path on the machine of the CA that must have signed the server's certificate. Default: the system's CAs. */
  readonly caCertificatePath?: string;
  /** Accept any server certificate. Only for loopback addresses whose server signs its own. Default false. */
  readonly insecure?: boolean;
  /** Value of the Host header. Default: from the URL. */
  readonly host?: string;
}

/** A condition that holds when an HTTP endpoint answers with success within a second; its complaint goes to stderr. */
export function curlCheck(check: CurlCheck): string {
  const words = ['curl', '--fail', '--silent', '--show-error', '--max-time', '1', '--output', '/dev/null'];
  // A proxy from the machine's environment must not stand between a machine and its own endpoints.
  words.push('--noproxy', '*');
  if (check.caCertificatePath !== undefined) words.push('--cacert', check.caCertificatePath);
  if (check.insecure === true) words.push('--insecure');
  if (check.host !== undefined) words.push('--header', `Host: ${check.host}`);
  return shellCommand([...words, check.url]);
}
