import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { reasonOf } from '../download/failure.ts';
import { ToolchainError } from '../error.ts';
import type { BuildContext, RunOptions } from '../plan/package.ts';
import { logsDir } from './paths.ts';

/** The log of one part, written while it is made. */
export interface PackageLog {
  path: string;
  log(line: string): void;
  run: BuildContext['run'];
  close(): Promise<void>;
}

async function runLogged(
  stream: WriteStream,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  stream.write(`+ ${command} ${args.join(' ')}\n`);
  // A child that outlives this process would go on burning both cores: execa ends it with us.
  const child = execa(command, args, {
    ...(options.cwd ? { cwd: options.cwd } : {}),
    env: { ...process.env, ...options.env } as NodeJS.ProcessEnv,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
  child.stdout.pipe(stream, { end: false });
  child.stderr.pipe(stream, { end: false });
  const result = await child;
  if (result.failed) {
    const reason =
      result.exitCode === undefined ? (result.signal ?? result.originalMessage) : `exit code ${result.exitCode}`;
    throw new Error(`${command} ${args[0] ?? ''}: ${reason}`);
  }
  return result.stdout;
}

/** Opens the log of a part, empty. */
export async function openLog(id: string): Promise<PackageLog> {
  await mkdir(logsDir(), { recursive: true });
  const path = join(logsDir(), `${id}.log`);
  const stream = createWriteStream(path);
  return {
    path,
    log: (line) => stream.write(`${line}\n`),
    run: (command, args, options) => runLogged(stream, command, args, options),
    close: () => new Promise((resolve) => (stream.closed ? resolve() : stream.once('close', resolve).end())),
  };
}

/** The last lines of a text that say something: module downloads are left out. */
export function lastLines(text: string, count: number): string[] {
  const lines = text.split('\n').filter((line) => line.trim() && !line.startsWith('go: downloading '));
  return lines.slice(-count);
}

/** What to try after a failed build, judged by its log. */
export function adviceFor(tail: string): string {
  if (/no space left on device/i.test(tail)) return 'free some disk space and run the same command again';
  if (/requires go >= |go\.mod requires go/.test(tail))
    return 'install the Go release that the log names, and run again';
  if (/dial tcp|connection refused|i\/o timeout|no such host|TLS handshake/.test(tail)) {
    return 'check the network to the Go module proxy (GOPROXY) and run the same command again: it goes on from here';
  }
  if (/signal: killed|cannot allocate memory/.test(tail)) return 'free some memory (2 GiB at least) and run again';
  return 'read the log, then run the same command again: finished parts are kept';
}

/** What to try after a failed download that gave no advice itself: crane's, or one of an archive. */
export function downloadAdvice(tail: string, reference?: string): string {
  if (/no space left on device/i.test(tail)) return 'free some disk space and run the same command again';
  if (reference === undefined) return 'read the log, then run the same command again';
  const registry = reference.split('/')[0];
  if (/x509|certificate/i.test(tail)) {
    return `add your company's certificate authority to this computer's store, or name it in SSL_CERT_FILE, for ${registry} and the hosts that it sends images from`;
  }
  if (/MANIFEST_UNKNOWN|NOT_FOUND|404/i.test(tail)) return `check that ${registry} has ${reference}`;
  return `check that this computer reaches ${registry} and the hosts that it sends images from (HTTPS_PROXY, NO_PROXY), then run the same command again`;
}

/** How a part was being made when it failed. */
export interface PartAttempt {
  title: string;
  source: 'download' | 'build';
  /** The image that was pulled, if it was one. */
  reference?: string;
}

/** Turns a part's failure into one message with the log's end and the way on. */
export async function partFailure(attempt: PartAttempt, log: PackageLog, cause: unknown): Promise<ToolchainError> {
  const { title, source, reference } = attempt;
  if (cause instanceof ToolchainError) {
    const message = cause.message.split('\n  Fix: ')[0];
    return new ToolchainError(`${title}: ${message}\n  log: ${log.path}`, cause.fix);
  }
  const tail = lastLines(await readFile(log.path, 'utf8').catch(() => ''), 15);
  const verb = source === 'build' ? 'building' : 'downloading';
  const message = [`${verb} ${title} failed: ${reasonOf(cause)}`, ...tail.map((line) => `    ${line}`)];
  const advice = source === 'build' ? adviceFor(tail.join('\n')) : downloadAdvice(tail.join('\n'), reference);
  return new ToolchainError([...message, `  log: ${log.path}`].join('\n'), advice);
}
