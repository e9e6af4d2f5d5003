/**
 * One command on a machine: run as root, told apart from what the login shell prints by itself, and ended when its time
 * is up.
 */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { noAnswer, SshError } from './diagnostics.ts';

/** What is run on a machine. */
export interface Question {
  /** The program and its arguments: words without quotes or special characters. */
  readonly words: string;
  /** Its standard input. */
  readonly input: string | Readable;
}

/** When a command is ended although it still runs. */
export interface Limits {
  /** After so many seconds. Default never. */
  readonly seconds?: number;
  /** When this aborts. */
  readonly signal?: AbortSignal;
}

/** What a command said and when. Times are of this computer, in milliseconds since 1970. */
export interface Ran {
  readonly code: number | null;
  /** Output of the command alone, without what the login shell printed before it. */
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the command began at all: sudo or the login shell may have ended first. */
  readonly began: boolean;
  /** When the command was sent, and when its first output came. */
  readonly sentAt: number;
  readonly heardAt: number;
}

/** Where root's programs are and the cluster's own, whatever sudo's `secure_path` leaves out. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A command line that runs as root. Messages come in English: they are told apart by their text. */
export function asRoot(user: string, words: string): string {
  const found = `env LC_ALL=C PATH=${PATH} ${words}`;
  return user === 'root' ? found : `env LC_ALL=C sudo -n ${found}`;
}

/**
 * A command line whose output begins after a line with the mark, on standard output and on standard error: a shell's
 * start-up file (`.bashrc`) may print before it. Single quotes without a backslash are read alike by every login shell.
 */
export function marked(user: string, words: string, mark: string): string {
  return asRoot(user, `sh -c 'echo ${mark}; echo ${mark} >&2; exec ${words}'`);
}

/** What follows the line with the mark; `undefined` where that line has not come. */
export function afterMark(text: string, mark: string): string | undefined {
  // A start-up file may leave its last line open, so the mark need not begin one.
  const at = text.indexOf(`${mark}\n`);
  return at < 0 ? undefined : text.slice(at + mark.length + 1);
}

/**
 * Runs a command over a connection. Ending it closes the channel; what was started on the machine may run on.
 *
 * @param at - the machine as messages name it
 * @throws SshError when the connection is lost or the time is up, and whatever the signal aborts with
 */
export function runOver(
  client: Client,
  { at, user }: { readonly at: string; readonly user: string },
  { words, input }: Question,
  { seconds, signal }: Limits,
  lost: (why: string) => SshError,
): Promise<Ran> {
  const mark = `hardway-${randomBytes(8).toString('hex')}`;
  return new Promise<Ran>((resolve, reject) => {
    let channel: ClientChannel | undefined;
    const leave = (act: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      client.removeListener('close', closed);
      act();
    };
    const fail = (error: unknown): void =>
      leave(() => {
        channel?.destroy();
        reject(error);
      });
    const aborted = (): void => fail(signal?.reason);
    const closed = (): void => fail(lost('the connection was closed'));
    const timer =
      seconds === undefined ? undefined : setTimeout(() => fail(new SshError(noAnswer(at, seconds))), seconds * 1000);
    signal?.addEventListener('abort', aborted, { once: true });
    client.once('close', closed);
    if (signal?.aborted) return aborted();
    const sentAt = Date.now();
    const started = (error: Error | undefined, stream: ClientChannel): void => {
      if (error !== undefined) {
        fail(lost(error.message));
        return;
      }
      channel = stream;
      let [out, err, heardAt] = ['', '', 0];
      let code: number | null = null;
      stream.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        if (heardAt === 0 && afterMark(out, mark)) heardAt = Date.now();
      });
      stream.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text;
      });
      stream.on('exit', (status: number | null) => {
        code = status;
      });
      stream.on('close', () =>
        leave(() => {
          const [stdout, stderr] = [afterMark(out, mark), afterMark(err, mark)];
          resolve({ code, stdout: stdout ?? out, stderr: stderr ?? err, began: stdout !== undefined, sentAt, heardAt });
        }),
      );
      // A command that ends before it has read its input is no error of the connection.
      stream.on('error', () => {});
      if (typeof input === 'string') stream.end(input);
      else input.on('error', fail).pipe(stream);
    };
    try {
      client.exec(marked(user, words, mark), started);
    } catch (error) {
      // The connection ended, and nobody has been told yet.
      fail(lost((error as Error).message));
    }
  });
}
