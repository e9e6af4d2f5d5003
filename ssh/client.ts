/** One login over SSH: its host key is checked, commands run, and connections go on from there. */
import type { Duplex } from 'node:stream';
import ssh2, { type ClientErrorExtensions } from 'ssh2';
import { dialledAs } from '../config/host-record.ts';
import type { Login } from '../config/schema.ts';
import { attachOver, type Streams } from './attach.ts';
import { type Limits, type Question, type Ran, runOver } from './command.ts';
import * as say from './diagnostics.ts';
import { algorithmsFor, keyText, sameHostKey } from './host-key.ts';
import { readKey } from './private-keys.ts';

/** Where to log in, and which key must be shown there. */
export interface Target {
  readonly login: Login;
  /** The one host key that is trusted; without one, any is taken. */
  readonly trusted?: string;
  /** Where the trusted key stands, and how to change it there: a sentence of the way out when it no longer fits. */
  readonly trustedFix?: string;
}

/** A login that succeeded. */
export interface Session {
  /** The key that the host showed. */
  readonly hostKey: string;
  /** Runs a command as root. @throws ConnectionError when the connection is lost or its time is up */
  run(question: Question, limits: Limits): Promise<Ran>;
  /** Hands streams to a root shell, or to a line for `sh`, until it ends. @returns its exit status */
  attach(command: string | undefined, streams: Streams): Promise<number>;
  /** A connection from there on. @throws ConnectionError when it cannot be made */
  forward(to: Pick<Login, 'address' | 'port'>, seconds: number): Promise<Duplex>;
  /** Calls back when the connection is gone; perhaps twice. */
  onClose(gone: () => void): void;
  close(): void;
}

type ClientError = Error & ClientErrorExtensions & { readonly code?: string; readonly reason?: number | string };

/** How long a connection may take to be made, in seconds: a kernel answers that, however slow its machine is. */
const DIAL_SECONDS = 10;

/** How long a machine may take to answer the goodbye, in milliseconds. */
const GOODBYE_MS = 1000;

/**
 * Logs in.
 *
 * @param seconds - how long the machine may take for each step: to begin to speak SSH, and to let us in
 * @param through - a connection to use, made by a bastion; default one of this computer's
 * @param signal - ends the attempt when it aborts
 * @throws ConnectionError that says what is wrong and the way on
 */
export async function connect(
  target: Target,
  seconds: number,
  through?: Duplex,
  signal?: AbortSignal,
): Promise<Session> {
  const { login, trusted } = target;
  const at = dialledAs(login);
  const key = readKey(login.key);
  const agent = process.env.SSH_AUTH_SOCK;
  if (key === undefined && !agent) throw new say.ConnectionError(say.noKey(login));
  const client = new ssh2.Client();
  let shown: string | undefined;
  let refused = false;
  try {
    await new Promise<void>((resolve, reject) => {
      let progress: say.Progress = 'dialling';
      let timer: NodeJS.Timeout | undefined;
      const diagnostic = (error: ClientError): say.SshDiagnostic =>
        refused && shown !== undefined && trusted !== undefined
          ? say.changedHostKey(at, { trusted, shown, fix: target.trustedFix })
          : say.failed(login, progress, error);
      let over = false;
      const end = (): void => {
        over = true;
        clearTimeout(timer);
      };
      const fail = (problem: say.SshDiagnostic): void => {
        end();
        reject(new say.ConnectionError(problem));
      };
      const begin = (step: say.Progress, limit: number): void => {
        // Keys are exchanged anew from time to time, long after the login.
        if (over) return;
        progress = step;
        clearTimeout(timer);
        timer = setTimeout(() => fail(say.tooLate(at, step, limit)), limit * 1000);
      };
      client.on('connect', () => begin('greeting', seconds));
      client.on('handshake', () => begin('login', seconds));
      client.on('ready', () => {
        end();
        resolve();
      });
      // The first error is the reason; those after it come of the connection going away.
      client.on('error', (error: ClientError) => fail(diagnostic(error)));
      client.on('close', () => fail(diagnostic(new Error('the connection was closed'))));
      const given = (): void => fail(say.lost(at, 'hardway gave up'));
      signal?.addEventListener('abort', given, { once: true });
      if (signal?.aborted) return given();
      if (through === undefined) begin('dialling', Math.min(seconds, DIAL_SECONDS));
      else begin('greeting', seconds);
      client.connect({
        host: login.address,
        port: login.port,
        username: login.user,
        ...(through === undefined ? {} : { sock: through }),
        ...(key === undefined ? { agent } : { privateKey: key }),
        authHandler: [key === undefined ? 'agent' : 'publickey'],
        algorithms: { serverHostKey: algorithmsFor(trusted) },
        // The time is kept here, where it is known how far things got.
        readyTimeout: 0,
        // A machine that is switched off says no goodbye.
        keepaliveInterval: (seconds * 1000) / 3,
        keepaliveCountMax: 3,
        hostVerifier: (wire: Buffer) => {
          shown = keyText(wire);
          refused = trusted !== undefined && !sameHostKey(trusted, shown);
          return !refused;
        },
      });
    });
  } catch (error) {
    client.destroy();
    throw error instanceof say.ConnectionError
      ? error
      : new say.ConnectionError(say.failed(login, 'dialling', error as Error));
  }
  return session(client, login, shown ?? '');
}

function session(client: ssh2.Client, login: Login, hostKey: string): Session {
  const at = dialledAs(login);
  let gone: string | undefined;
  client.on('error', (error: Error) => {
    gone ??= error.message;
  });
  // A server that says goodbye ends its side first; nothing can be asked of it from then on.
  const ended = (): void => {
    gone ??= 'the connection was closed';
  };
  client.on('end', ended);
  client.on('close', ended);
  const lost = (why: string): say.ConnectionError => new say.ConnectionError(say.lost(at, gone ?? why));
  return {
    hostKey,
    run: (question, limits) => {
      if (gone !== undefined) return Promise.reject(lost(gone));
      return runOver(client, { at, user: login.user }, question, limits, lost);
    },
    attach: (command, streams) => attachOver(client, login.user, command, streams, lost),
    forward: ({ address, port }, seconds) =>
      new Promise<Duplex>((resolve, reject) => {
        const refuse = (why: string, reason?: number | string): void => {
          clearTimeout(timer);
          reject(new say.ConnectionError(say.notForwarded(at, dialledAs({ address, port }), why, reason)));
        };
        const timer = setTimeout(() => refuse(`no answer within ${seconds} s`), seconds * 1000);
        if (gone !== undefined) return refuse(gone);
        client.once('close', () => refuse(gone ?? 'the connection was closed'));
        client.forwardOut('127.0.0.1', 0, address, port, (error: ClientError | undefined, stream) => {
          if (error !== undefined) return refuse(error.message, error.reason);
          clearTimeout(timer);
          resolve(stream);
        });
      }),
    onClose: (call) => {
      if (gone !== undefined) return call();
      client.once('end', call);
      client.once('close', call);
    },
    close: () => {
      client.end();
      // A machine that is gone does not answer the goodbye, and the socket would keep this process.
      setTimeout(() => client.destroy(), GOODBYE_MS).unref();
    },
  };
}
