import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { binDir } from '../../toolchain/cache/paths.ts';
import { patience, replaceNetwork } from '../../toolchain/download/http.ts';
import type { Build, Package } from '../../toolchain/plan/package.ts';

/** Gives every test an empty cache, a network client without long waits, and the environment back afterwards. */
export function useEmptyCache(): { path: () => string } {
  let saved: NodeJS.ProcessEnv;
  let path = '';
  const unhurried = { ...patience };
  beforeEach(async () => {
    saved = { ...process.env };
    path = await mkdtemp(join(tmpdir(), 'hardway-toolchain-'));
    process.env.HARDWAY_CACHE = path;
    process.env.HARDWAY_BIN = join(path, 'bin');
    process.env.HARDWAY_KEEP_CACHES = '1';
    delete process.env.HARDWAY_SOURCE;
    delete process.env.HARDWAY_DOWNLOAD_BASE;
    Object.assign(patience, { backoffMs: 1 });
  });
  afterEach(async () => {
    process.env = saved;
    Object.assign(patience, unhurried);
    replaceNetwork(undefined);
    await rm(path, { recursive: true, force: true });
  });
  return { path: () => path };
}

export const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

/** A stand-in for every publisher: answers `/<host>/<path>` from a table. */
export interface StandIn {
  base: string;
  files: Map<string, Buffer>;
  /** `METHOD /path range` of each request, in order. */
  requests: string[];
  /** Bytes after which the next answer for a path is cut off. */
  cutOnce: Map<string, number>;
  close(): Promise<void>;
}

function answer(response: ServerResponse, content: Buffer, range: string | undefined, cut: number | undefined): void {
  const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
  if (from > 0 && from >= content.length) {
    response.writeHead(416).end();
    return;
  }
  const rest = content.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length });
  if (cut === undefined) response.end(rest);
  else response.write(rest.subarray(0, cut), () => response.socket?.end());
}

export async function startStandIn(): Promise<StandIn> {
  const files = new Map<string, Buffer>();
  const requests: string[] = [];
  const cutOnce = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    requests.push(`${request.method} ${path}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    const content = files.get(path);
    if (!content) response.writeHead(404).end();
    else if (request.method === 'HEAD') response.writeHead(200).end();
    else answer(response, content, request.headers.range, cutOnce.get(path));
    if (request.method === 'GET') cutOnce.delete(path);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    requests,
    cutOnce,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A part named `sample` with one output, whose build writes what `produce` says. */
export function samplePart(produce: Build['produce'], recipe: unknown = 1): Package {
  return {
    id: 'sample',
    title: 'sample 1.0',
    outputs: ['sample'],
    links: [{ path: join(binDir(), 'sample'), output: 'sample', kind: 'symbolic' }],
    build: { recipe, expectedSeconds: 5, produce },
  };
}
