/** A person's session on a machine: this process's standard streams handed to a root shell, or to one command. */
import type { Readable, Writable } from 'node:stream';
import type { Client, ClientChannel, PseudoTtyOptions } from 'ssh2';
import { shellQuote } from '../lib/format/shell.ts';
import { asRoot } from './command.ts';
import type { ConnectionError } from './diagnostics.ts';

/** The standard streams of the session; terminals where both ends of it are. */
export interface Streams {
  readonly stdin: Readable & Partial<Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode'>>;
  readonly stdout: Writable & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>>;
  readonly stderr: Writable;
}

/**
 * What the machine is asked to run; undefined for the login shell.
 *
 * @param command - a line for `sh`, run as root; undefined for root's login shell
 */
export function attachCommand(user: string, command: string | undefined): string | undefined {
  if (command !== undefined) return asRoot(user, `sh -c ${shellQuote(command)}`);
  return user === 'root' ? undefined : 'sudo -n -i';
}

/** The terminal that the machine is to make; none where this end has none. */
function terminalOf({ stdin, stdout }: Streams): PseudoTtyOptions | false {
  if (!stdin.isTTY || !stdout.isTTY) return false;
  return { term: process.env.TERM ?? 'xterm', rows: stdout.rows ?? 24, cols: stdout.columns ?? 80 };
}

/**
 * Hands standard streams to a shell or command on a machine, as root, until it ends.
 *
 * @param command - a line for `sh`; undefined for a login shell
 * @returns its exit status; 128 where a signal ended it
 * @throws ConnectionError when the connection is lost
 */
export function attachOver(
  client: Client,
  user: string,
  command: string | undefined,
  streams: Streams,
  lost: (why: string) => ConnectionError,
): Promise<number> {
  const { stdin, stdout, stderr } = streams;
  const terminal = terminalOf(streams);
  return new Promise<number>((resolve, reject) => {
    let leave = (): void => {};
    const fail = (why: string): void => {
      leave();
      reject(lost(why));
    };
    client.once('close', () => fail('the connection was closed'));
    const started = (error: Error | undefined, stream: ClientChannel): void => {
      if (error !== undefined) {
        fail(error.message);
        return;
      }
      let code: number | null | undefined;
      const resized = (): void => stream.setWindow(stdout.rows ?? 24, stdout.columns ?? 80, 0, 0);
      leave = () => {
        stdin.unpipe(stream);
        if (terminal) stdin.setRawMode?.(false);
        stdout.removeListener('resize', resized);
        // An open standard input would keep this process.
        stdin.destroy();
      };
      if (terminal) {
        stdin.setRawMode?.(true);
        stdout.on('resize', resized);
      }
      // A command that ends before it has read its input is no error of the connection.
      stream.on('error', () => {});
      stream.pipe(stdout, { end: false });
      stream.stderr.pipe(stderr, { end: false });
      stdin.pipe(stream);
      stream.on('exit', (status: number | null) => {
        code = status;
      });
      stream.on('close', () => {
        leave();
        if (code === undefined) reject(lost('the connection was closed'));
        else resolve(code ?? 128);
      });
    };
    try {
      const words = attachCommand(user, command);
      if (words !== undefined) client.exec(words, terminal ? { pty: terminal } : {}, started);
      else client.shell(terminal, started);
    } catch (error) {
      fail((error as Error).message);
    }
  });
}
