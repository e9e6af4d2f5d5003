/** What a failed request was, so that a message can name the reason and the fix. */
export type FailureKind =
  | 'dns'
  | 'refused'
  | 'timeout'
  | 'interrupted'
  | 'untrusted'
  | 'expired'
  | 'tls'
  | 'proxy'
  | 'proxy-unreachable'
  | 'status'
  | 'downgrade'
  | 'other';

/** A request that got no usable answer: from which host, why, and whether another try may succeed. */
export class RequestFailure extends Error {
  readonly kind: FailureKind;
  readonly host: string;
  /** HTTP status of the publisher, or of the proxy for kind `proxy`. */
  readonly status: number | undefined;
  /** What `Retry-After` asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FailureKind,
    host: string,
    reason: string,
    options: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(`${host}: ${reason}`, { cause: options.cause });
    this.name = 'RequestFailure';
    this.kind = kind;
    this.host = host;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether the same request may succeed a moment later. */
  get passing(): boolean {
    if (this.kind === 'status' || this.kind === 'proxy') {
      const status = this.status ?? 0;
      return status === 408 || status === 429 || status >= 500 || this.retryAfterMs !== undefined;
    }
    if (this.kind === 'dns') return this.message.includes('EAI_AGAIN');
    return ['timeout', 'interrupted', 'refused', 'other'].includes(this.kind);
  }

  /**
   * Whether this computer's own set-up or a busy publisher is the reason, and not a network without publishers: then
   * building from source for minutes is not what the person at the keyboard wants.
   */
  get fixable(): boolean {
    if (this.kind === 'proxy') return this.status === 407 || this.passing;
    if (this.kind === 'status') return this.passing;
    return ['untrusted', 'expired', 'tls', 'downgrade', 'proxy-unreachable'].includes(this.kind);
  }
}

const untrusted = new Set([
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);
const timeouts = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
]);
const interruptions = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_DESTROYED', 'UND_ERR_ABORTED']);
const unreachable = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

const codeOf = (error: Error): string => String((error as NodeJS.ErrnoException).code ?? '');

/** What an AggregateError holds. Told by its shape: errors of Node itself may be of another realm than this module. */
function innerErrors(error: object): readonly unknown[] {
  return 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
}

/** An error with its causes and, for an AggregateError, the errors in it: outermost first. */
function errorChain(error: unknown): Error[] {
  if (typeof error !== 'object' || error === null || !('message' in error)) return [];
  return [error as Error, ...innerErrors(error).flatMap(errorChain), ...errorChain((error as Error).cause)];
}

/** One line that says why, also where the error itself has no message (an AggregateError of Node's). */
export function reasonOf(error: unknown): string {
  const chain = errorChain(error);
  const texts = chain.filter((one) => innerErrors(one).length === 0 && one.message).map((one) => one.message);
  return [...new Set(texts)].join('; ') || chain.map(codeOf).find(Boolean) || String(error);
}

/** The failure behind an error of the HTTP client. */
export function requestFailure(error: unknown, url: string): RequestFailure {
  if (error instanceof RequestFailure) return error;
  const { host } = new URL(url);
  const chain = errorChain(error);
  const fail = (kind: FailureKind, reason: string, status?: number) =>
    new RequestFailure(kind, host, reason, { cause: error, ...(status === undefined ? {} : { status }) });
  for (const one of chain) {
    const code = codeOf(one);
    const tunnel = /Proxy response \((\d+)\)/.exec(one.message);
    if (tunnel) return fail('proxy', proxyReason(Number(tunnel[1])), Number(tunnel[1]));
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return fail('dns', `the name does not resolve (${one.message})`);
    if (untrusted.has(code)) {
      return fail(
        'untrusted',
        `its TLS certificate is signed by an authority that this computer does not trust (${code})`,
      );
    }
    if (code === 'CERT_HAS_EXPIRED') return fail('expired', `its TLS certificate has expired (${code})`);
    if (code === 'CERT_NOT_YET_VALID') return fail('expired', `its TLS certificate is not valid yet (${code})`);
    if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code === 'EPROTO' || code.startsWith('CERT_')) {
      return fail('tls', `TLS failed: ${one.message} (${code})`);
    }
    if (timeouts.has(code)) return fail('timeout', `no answer in time (${one.message || code})`);
    if (unreachable.has(code)) return fail('refused', `no connection (${one.message || code})`);
    if (interruptions.has(code)) return fail('interrupted', `the connection was closed (${one.message || code})`);
  }
  return fail('other', reasonOf(error));
}

/**
 * The failure of a request that went through a proxy: a connection that does not come about is then the proxy's.
 *
 * @param variable - the one that names the proxy
 */
export function throughProxy(failure: RequestFailure, variable: string): RequestFailure {
  if (failure.kind !== 'refused' && failure.kind !== 'dns') return failure;
  const reason = failure.message.slice(failure.host.length + 2);
  return new RequestFailure('proxy-unreachable', failure.host, `the proxy that ${variable} names: ${reason}`, {
    cause: failure,
  });
}

function proxyReason(status: number): string {
  if (status === 407) return 'the proxy asks for a user name and a password (407)';
  return `the proxy refuses to connect to it (${status})`;
}

/** The failure behind a status that is no success. */
export function statusFailure(status: number, url: string, retryAfterMs?: number): RequestFailure {
  const { host } = new URL(url);
  const options = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status === 407) return new RequestFailure('proxy', host, proxyReason(status), options);
  const meaning =
    status === 429 || (status === 403 && retryAfterMs !== undefined)
      ? ' (too many requests)'
      : status === 401 || status === 403
        ? ' (refused: a filtering proxy, or a rate limit)'
        : status === 404
          ? ' (no such file)'
          : status >= 500
            ? ' (the server has a problem)'
            : '';
  return new RequestFailure('status', host, `answered ${status}${meaning}`, options);
}

const fixes: Record<FailureKind, string> = {
  dns: 'check the name service and, behind a proxy, HTTPS_PROXY',
  refused: 'check the network and, behind a proxy, HTTPS_PROXY',
  timeout: 'check the network and, behind a proxy, HTTPS_PROXY',
  interrupted: 'run the same command again: it goes on where it stopped',
  untrusted:
    "give Node your company's certificate authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or NODE_USE_SYSTEM_CA=1 where " +
    "the system's store has it",
  expired: "check this computer's clock; if it is right, the publisher or the proxy has to renew its certificate",
  tls: 'check what terminates TLS between here and the publisher',
  proxy: 'let the proxy allow this host, or name the proxy with user and password in HTTPS_PROXY',
  'proxy-unreachable': 'start that proxy, correct the variable, or unset it where no proxy is needed',
  status: 'run the same command again later',
  downgrade: 'check the mirror or proxy that redirects',
  other: 'check the network and run the same command again',
};

/** What to do about a set of failures: one clause per kind. */
export function fixFor(failures: readonly RequestFailure[]): string {
  const clauses = failures.map((one) =>
    one.kind === 'status' && (one.status === 401 || one.status === 403) && one.retryAfterMs === undefined
      ? fixes.proxy
      : fixes[one.kind],
  );
  return [...new Set(clauses)].join('; ');
}
