import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { execa } from 'execa';
import { environmentBehind } from '../../../e2e/publisher/environment.ts';
import { type StandIn, type StandInOptions, startStandIn } from '../../../e2e/publisher/stand-in.ts';
import { lockPath } from '../../../toolchain/cache/paths.ts';
import type { Attempt, Outcome } from './try-downloads.ts';

/** The publishers, started once for the tests of a file; after each test all faults are gone and no request is known. */
export function useStandIn(options: Partial<StandInOptions> = {}): () => StandIn {
  let folder = '';
  let standIn: StandIn | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hardway-publishers-'));
    standIn = await startStandIn({ work: join(folder, 'work'), arch: 'amd64', ...options });
  });
  afterEach(() => {
    standIn?.server.faults.clear();
    standIn?.server.entries.splice(0);
    standIn?.proxy.entries.splice(0);
  });
  afterAll(async () => {
    await standIn?.close();
    await rm(folder, { recursive: true, force: true });
  });
  return () => {
    if (!standIn) throw new Error('the stand-in was not started');
    return standIn;
  };
}

function environment(standIn: StandIn): Record<string, string> {
  return {
    ...environmentBehind(standIn, process.env),
    // What the bootstrap sets for whoever has a proxy, and a company's authority in the system's store.
    NODE_USE_ENV_PROXY: '1',
    NODE_USE_SYSTEM_CA: '1',
  };
}

/** Downloads with the toolchain's code, one after the other, in a process of its own behind the stand-in's proxy. */
export async function tryDownloads(standIn: StandIn, attempts: readonly Attempt[]): Promise<Outcome[]> {
  const { stdout } = await execa(process.execPath, [join(import.meta.dirname, 'try-downloads.ts')], {
    input: JSON.stringify(attempts),
    extendEnv: false,
    env: environment(standIn),
  });
  return stdout.split('\n').map((line) => JSON.parse(line) as Outcome);
}

/** What came of an attempt to provide artifacts. */
export interface Provided {
  readonly exitCode: number | undefined;
  /** Everything that was said. */
  readonly output: string;
  /** What was said where it failed. */
  readonly message: string;
  /** The pauses that were asked for, in milliseconds; none of them was made. */
  readonly pauses: readonly number[];
  /** What was asked of the publishers, in order: `METHOD host/path`, with the range where there was one. */
  readonly requests: readonly string[];
}

/** A computer without Go and with an empty cache, behind the stand-in's proxy. */
export interface Computer {
  /** Its cache. */
  readonly cache: string;
  /** Provides artifacts by their ids in the lock, as `make up` does. */
  provide(ids: readonly string[], env?: Record<string, string>): Promise<Provided>;
}

/** Gives each test a computer of its own. */
export function useComputer(standIn: () => StandIn): () => Computer {
  let folder = '';
  let lock: string | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hardway-computer-'));
    // Go is looked for in its own folder too, whatever PATH says: this one stands in its way, and does not work.
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin', 'go'), '#!/bin/sh\nexit 127\n', { mode: 0o755 });
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return () => {
    const cache = join(folder, 'cache');
    const provide: Computer['provide'] = async (ids, env = {}) => {
      lock ??= await standIn().writeLock(lockPath());
      const log = join(folder, 'pauses.json');
      const already = standIn().server.entries.length;
      const preload = join(import.meta.dirname, 'no-waiting.ts');
      const program = join(import.meta.dirname, 'try-provide.ts');
      const result = await execa(process.execPath, ['--import', preload, program, ...ids], {
        reject: false,
        extendEnv: false,
        all: true,
        stdin: 'ignore',
        env: {
          ...environment(standIn()),
          PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
          HARDWAY_CACHE: cache,
          HARDWAY_LOCK: lock,
          NO_WAITING_LOG: log,
          ...env,
        },
      });
      return {
        exitCode: result.exitCode,
        output: result.all,
        message: result.stderr,
        pauses: JSON.parse(await readFile(log, 'utf8').catch(() => '[]')) as number[],
        requests: requests(standIn()).slice(already),
      };
    };
    return { cache, provide };
  };
}

/** What the publishers were asked for, in order. */
export function requests({ server }: StandIn): string[] {
  return server.entries.map(({ method, host, path, range }) => `${method} ${host}${path}${range ? ` ${range}` : ''}`);
}

/** An answer of the stand-in. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Asks the stand-in for an address, without the proxy and without following redirects. */
export async function ask(
  { server, authorityFile }: StandIn,
  address: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { hostname, pathname, search } = new URL(address);
  const ca = await readFile(authorityFile, 'utf8');
  return await new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port: server.tlsPort, servername: hostname, ca, agent: false },
        ...{ path: `${pathname}${search}`, method: options.method ?? 'GET' },
        headers: { host: hostname, 'user-agent': 'test', ...options.headers },
      },
      (response) => {
        text(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        );
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}
