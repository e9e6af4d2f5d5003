/** SSH as the pre-flight needs it: one login with a checked host key, commands, and connections through a bastion. */
import type { Duplex } from 'node:stream';
import ssh2, { type ClientErrorExtensions } from 'ssh2';
import { dialledAs } from '../config/host-record.ts';
import type { Login } from '../config/schema.ts';
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

/** What a command said and when. Times are of this machine, in milliseconds since 1970. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** When the command was sent, and when its first output came. */
  readonly sentAt: number;
  readonly heardAt: number;
}

/** A login that succeeded. */
export interface Session {
  /** The key that the host showed. */
  readonly hostKey: string;
  /** Runs a command with a text on its standard input. Throws {@link ConnectionError} when the connection is lost. */
  run(command: string, input: string, milliseconds: number): Promise<Ran>;
  /** A connection from there on. Throws {@link ConnectionError} when it cannot be made. */
  forward(to: Pick<Login, 'address' | 'port'>, milliseconds: number): Promise<Duplex>;
  close(): void;
}

/** Why there is no session. */
export class SshError extends Error {
  readonly found: string;
  readonly fix: string;

  constructor({ found, fix }: say.SshDiagnostic) {
    super(`${found}. ${fix}`);
    this.name = 'SshFault';
    this.found = found;
    this.fix = fix;
  }
}

type ClientError = Error & ClientErrorExtensions & { readonly code?: string; readonly reason?: number | string };

/** Rejects when something takes too long; what comes after that is passed over. */
function within<T>(milliseconds: number, late: () => Error, start: (done: Settle<T>) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), milliseconds);
    start({
      resolve: (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      reject: (error) => {
        clearTimeout(timer);
        reject(error);
      },
    });
  });
}

interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Logs in.
 *
 * @param through a connection to use, made by a bastion; default one of this machine's
 * @throws ConnectionError that says what is wrong and the way out
 */
export async function connect(target: Target, milliseconds: number, through?: Duplex): Promise<Session> {
  const { login, trusted } = target;
  const at = dialledAs(login);
  const client = new ssh2.Client();
  let progress: say.Progress = through === undefined ? 'dialling' : 'greeting';
  let shown: string | undefined;
  let refused = false;
  const fault = (error?: ClientError): SshError => {
    if (refused && shown !== undefined && trusted !== undefined) {
      return new SshError(say.changedHostKey(at, { trusted, shown, fix: target.trustedFix }));
    }
    return new SshError(
      error === undefined ? say.tooLate(at, progress, milliseconds) : say.failed(login, progress, error),
    );
  };
  try {
    await within<void>(
      milliseconds,
      () => fault(),
      ({ resolve, reject }) => {
        client.on('connect', () => {
          progress = 'greeting';
        });
        client.on('handshake', () => {
          progress = 'login';
        });
        client.on('ready', () => resolve());
        // The first error is the reason; those after it come of the connection going away.
        client.on('error', (error: ClientError) => reject(fault(error)));
        client.on('close', () => reject(fault(new Error('the connection was closed'))));
        const key = readKey(login.key);
        client.connect({
          host: login.address,
          port: login.port,
          username: login.user,
          ...(through === undefined ? {} : { sock: through }),
          ...(key === undefined ? { agent: process.env.SSH_AUTH_SOCK } : { privateKey: key }),
          authHandler: [key === undefined ? 'agent' : 'publickey'],
          algorithms: { serverHostKey: algorithmsFor(trusted) },
          // The time is kept here, where it is known how far things got.
          readyTimeout: 0,
          hostVerifier: (wire: Buffer) => {
            shown = keyText(wire);
            refused = trusted !== undefined && !sameHostKey(trusted, shown);
            return !refused;
          },
        });
      },
    );
  } catch (error) {
    client.destroy();
    throw error instanceof SshError ? error : fault(error as ClientError);
  }
  return session(client, login, shown ?? '');
}

function session(client: ssh2.Client, login: Login, hostKey: string): Session {
  const at = dialledAs(login);
  const lost = (why: string): SshError => new SshError(say.lost(at, why));
  return {
    hostKey,
    run: (command, input, milliseconds) =>
      within<Ran>(
        milliseconds,
        () => lost(`no end of the look after ${Math.round(milliseconds / 1000)} s`),
        ({ resolve, reject }) => {
          const sentAt = Date.now();
          client.once('close', () => reject(lost('the connection was closed')));
          client.exec(command, (error, stream) => {
            if (error !== undefined) return reject(lost(error.message));
            let [stdout, stderr, heardAt] = ['', '', 0];
            let code: number | null = null;
            stream.setEncoding('utf8').on('data', (text: string) => {
              heardAt ||= Date.now();
              stdout += text;
            });
            stream.stderr.setEncoding('utf8').on('data', (text: string) => {
              stderr += text;
            });
            stream.on('exit', (status: number | null) => {
              code = status;
            });
            stream.on('close', () => resolve({ code, stdout, stderr, sentAt, heardAt }));
            // A command that ends before it has read its input is no fault of the connection.
            stream.on('error', () => {});
            stream.end(input);
          });
        },
      ),
    forward: ({ address, port }, milliseconds) =>
      within<Duplex>(
        milliseconds,
        () => new SshError(say.notForwarded(at, dialledAs({ address, port }), 'no answer')),
        ({ resolve, reject }) => {
          client.forwardOut('127.0.0.1', 0, address, port, (error: ClientError | undefined, stream) => {
            if (error === undefined) return resolve(stream);
            reject(new SshError(say.notForwarded(at, dialledAs({ address, port }), error.message, error.reason)));
          });
        },
      ),
    close: () => client.end(),
  };
}
