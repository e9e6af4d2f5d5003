import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MockAgent } from 'undici';
import { pullReference } from '../../../toolchain/build/produce.ts';
import { download } from '../../../toolchain/download/fetch.ts';
import { patience, replaceNetwork, retryAfter, send } from '../../../toolchain/download/http.ts';
import { describeSum, expectedSum, type RemoteFile } from '../../../toolchain/download/sums.ts';
import { reachability } from '../../../toolchain/plan/sources.ts';
import { sha256, useEmptyCache } from '../support.ts';

const cache = useEmptyCache();
const content = Buffer.from('0123456789'.repeat(1000));
const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const serve = async (listener: RequestListener) => `http://127.0.0.1:${await listen(createServer(listener))}`;

beforeEach(() => {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
    delete process.env[name];
    delete process.env[name.toUpperCase()];
  }
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const target = () => join(cache.path(), 'tool');
const fetchTo = (file: RemoteFile, say?: (line: string) => void) => download(file, target(), say ? { say } : {});

describe('a file with several origins', () => {
  it('comes from the second where the first does not have it, and a message names both with their reasons', async () => {
    const first = await serve((_, response) => response.writeHead(404).end());
    const second = await serve((_, response) => response.end(content));
    const file = { url: `${first}/tool`, sha256: sha256(content), alternatives: [{ url: `${second}/tool` }] };
    expect((await fetchTo(file)).sha256).toBe(sha256(content));
    await rm(target());
    const neither = { ...file, alternatives: [{ url: 'http://127.0.0.1:1/tool' }] };
    await expect(fetchTo(neither)).rejects.toThrow(
      /cannot download tool.*\/tool: .*answered 404 \(no such file\).*127\.0\.0\.1:1\/tool: .*no connection.*\(4 tries\).*Fix: /s,
    );
  });

  it('takes its sum from the list of the other where that of one is missing', async () => {
    const first = await serve((_, response) => response.writeHead(404).end());
    const second = await serve((_, response) => response.end(`${sha256(content)} *./tool\n`));
    const file = {
      ...{ url: `${first}/tool`, sha256: null, checksumUrl: `${first}/SUMS` },
      alternatives: [{ url: `${second}/tool`, checksumUrl: `${second}/SUMS` }],
    };
    expect(await expectedSum(file)).toMatchObject({ algorithm: 'sha256', sum: sha256(content), from: 'list' });
  });
});

describe('sums that no one has pinned', () => {
  const sha1 = 'ab'.repeat(20);
  const release = 'https://github.com/example/tool/releases/download/v1';
  const file = { url: `${release}/tool.tar.gz`, sha256: null, checksumUrl: `${release}/SUMS` };
  function network(list: string, assets: unknown[], status = 200): MockAgent {
    const agent = new MockAgent();
    agent.disableNetConnect();
    agent.get('https://github.com').intercept({ path: /SUMS$/ }).reply(200, list);
    agent
      .get('https://api.github.com')
      .intercept({ path: '/repos/example/tool/releases/tags/v1' })
      .reply(status, { assets });
    replaceNetwork(agent);
    return agent;
  }

  it('are SHA-256 from GitHub’s record of the release before SHA-1 from a list', async () => {
    network(`${sha1}  ./tool.tar.gz\n`, [{ name: 'tool.tar.gz', digest: `sha256:${sha256(content)}` }]);
    expect(await expectedSum(file)).toMatchObject({ sum: sha256(content), from: 'release' });
  });

  it('are SHA-1 where there is nothing better, and the line says so', async () => {
    const other = { ...file, url: file.url.replace('/v1/', '/v2/') };
    const agent = network(`${sha1}  ./tool.tar.gz\n`, []);
    agent
      .get('https://api.github.com')
      .intercept({ path: '/repos/example/tool/releases/tags/v2' })
      .reply(200, { assets: [] });
    const found = await expectedSum(other);
    expect(found).toMatchObject({ algorithm: 'sha1', sum: sha1 });
    expect(describeSum('tool 1', found)).toBe(
      'tool 1: no checksum is pinned, checked against the publisher\'s list at github.com (SHA-1, all that it lists); "make lock" pins it',
    );
  });

  it('are refused where nothing lists them', async () => {
    const third = { ...file, url: file.url.replace('/v1/', '/v3/') };
    const agent = network('nothing', []);
    agent.get('https://api.github.com').intercept({ path: '/repos/example/tool/releases/tags/v3' }).reply(404, '');
    await expect(expectedSum(third)).rejects.toThrow(/does not list tool.tar.gz.*answered 404.*Fix: .*make lock/s);
  });
});

describe('an answer that is no file', () => {
  it('with Retry-After is waited for, aloud, within limits', async () => {
    let asked = 0;
    const base = await serve((_, response) => {
      asked++;
      if (asked === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else response.end(content);
    });
    const said: string[] = [];
    await fetchTo({ url: `${base}/tool`, sha256: sha256(content) }, (line) => said.push(line));
    expect(said).toEqual([expect.stringMatching(/answered 429 \(too many requests\); it asks to wait 1 s: waiting$/)]);
    Object.assign(patience, { longestWaitMs: 10 });
    asked = 0;
    await rm(target());
    await expect(fetchTo({ url: `${base}/tool`, sha256: sha256(content) })).rejects.toThrow(/answered 429/);
    expect(asked).toBe(1);
  });

  it.each([
    [401, 1, /answered 401 \(refused: a filtering proxy, or a rate limit\).*Fix: let the proxy allow this host/s],
    [403, 1, /answered 403 \(refused/],
    [503, 4, /answered 503 \(the server has a problem\).*\(4 tries\)/],
  ])('of status %i is tried as often as it may change: %i', async (status, tries, message) => {
    let asked = 0;
    const base = await serve((_, response) => {
      asked++;
      response.writeHead(status).end();
    });
    await expect(fetchTo({ url: `${base}/tool`, sha256: sha256(content) })).rejects.toThrow(message);
    expect(asked).toBe(tries);
  });

  it('that never comes is told apart from one that is refused', async () => {
    const base = await serve(() => undefined);
    const hasty = { ...patience, silenceMs: 50, attempts: 1 };
    expect((await reachability({}, hasty)(`${base}/tool`))?.kind).toBe('timeout');
    expect((await reachability({}, hasty)('http://127.0.0.1:1/tool'))?.kind).toBe('refused');
    expect((await reachability({}, hasty)('http://name.invalid/tool'))?.kind).toBe('dns');
  });

  it.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY'])(
    'whose proxy by %s is not there names the variable, and is no reason to build for minutes',
    async (name) => {
      process.env[name] = 'http://user:hunter2@127.0.0.1:1';
      const failure = await reachability(process.env, { ...patience, attempts: 1 })('https://tool.example/tool');
      expect(failure).toMatchObject({ kind: 'proxy-unreachable', fixable: true });
      expect(failure?.message).toMatch(new RegExp(`^tool.example: the proxy that ${name} names: no connection`));
      expect(failure?.message).not.toContain('hunter2');
      process.env.NO_PROXY = 'tool.invalid';
      const direct = await reachability(process.env, { ...patience, attempts: 1 })('https://tool.invalid/tool');
      expect(direct?.kind).toBe('dns');
    },
  );

  it('reads both forms of Retry-After', () => {
    expect(retryAfter('3')).toBe(3000);
    expect(retryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 4000)).toBe(6000);
    expect([retryAfter(undefined), retryAfter('soon')]).toEqual([undefined, undefined]);
  });
});

describe('over TLS', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hardway-tls-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function secure(listener: RequestListener, dates: string[] = []): Promise<string> {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', [...request, '-keyout', key, '-out', cert, ...names, ...dates], { stdio: 'ignore' });
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener);
    return `https://127.0.0.1:${await listen(server as unknown as Server)}`;
  }

  it('an unknown authority is named with the way to make it known', async () => {
    const base = await secure((_, response) => response.end(content));
    await expect(fetchTo({ url: `${base}/tool`, sha256: sha256(content) })).rejects.toThrow(
      /authority that this computer does not trust.*Fix: .*NODE_EXTRA_CA_CERTS=.*NODE_USE_SYSTEM_CA=1/s,
    );
    expect((await reachability({})(`${base}/tool`))?.fixable).toBe(true);
  });

  it('a redirect to plain http is refused, and one to another host gets no token', async () => {
    const agent = new MockAgent();
    agent.disableNetConnect();
    const moved = (location: string) => ({ headers: { location } });
    agent.get('https://a.example').intercept({ path: '/down' }).reply(302, '', moved('http://b.example/tool'));
    agent.get('https://a.example').intercept({ path: '/over' }).reply(302, '', moved('https://b.example/tool'));
    const seen: unknown[] = [];
    agent
      .get('https://b.example')
      .intercept({ path: '/tool' })
      .reply(200, ({ headers }) => {
        seen.push((headers as Record<string, string>).authorization);
        return 'tool';
      });
    replaceNetwork(agent);
    await expect(send('https://a.example/down')).rejects.toThrow(
      'a.example: redirects from https to http://b.example: refused',
    );
    const { url } = await send('https://a.example/over', { headers: { authorization: 'Bearer secret' } });
    expect([url, seen]).toEqual(['https://b.example/tool', [undefined]]);
  });
});

describe('behind a proxy', () => {
  const proxy = async (status?: number) => {
    const asked: string[] = [];
    const server = createServer();
    server.on('connect', (request: IncomingMessage, socket) => {
      asked.push(request.url ?? '');
      if (status !== undefined) return socket.end(`HTTP/1.1 ${status} no\r\n\r\n`);
      const [, port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      upstream.pipe(socket).pipe(upstream);
      for (const end of [socket, upstream]) end.on('error', () => undefined);
    });
    return { asked, url: `http://127.0.0.1:${await listen(server)}` };
  };

  it('everything goes through it but this computer and what NO_PROXY names', async () => {
    const base = await serve((_, response) => response.end(content));
    const { asked, url } = await proxy();
    process.env.HTTP_PROXY = url;
    const { port } = new URL(base);
    // The port stands for the host that the proxy alone can reach.
    await fetchTo({ url: `http://files.example:${port}/tool`, sha256: sha256(content) });
    expect(asked).toEqual([`files.example:${port}`]);
    await rm(target());
    await fetchTo({ url: `${base}/tool`, sha256: sha256(content) });
    process.env.NO_PROXY = 'example';
    expect((await reachability({}, { ...patience, attempts: 1 })(`http://no.example:${port}/`))?.kind).toBe('dns');
    expect(asked).toHaveLength(1);
  });

  it.each([
    [403, 'the proxy refuses to connect to it (403)', false],
    [407, 'the proxy asks for a user name and a password (407)', true],
  ])('that answers %i the message says it', async (status, reason, fixable) => {
    const { url } = await proxy(status);
    process.env.HTTPS_PROXY = url;
    const failure = await reachability({})('https://files.example/tool');
    expect([failure?.message, failure?.fixable]).toEqual([`files.example: ${reason}`, fixable]);
  });

  it('whose address is no URL is named without its password', async () => {
    process.env.HTTPS_PROXY = 'http://user:se cret@@:x';
    await expect(send('https://files.example/')).rejects.toThrow(/HTTPS_PROXY is not a URL/);
    await expect(send('https://files.example/')).rejects.not.toThrow(/cret/);
  });
});

describe('a file that arrived', () => {
  it('is not downloaded again', async () => {
    let asked = 0;
    const base = await serve((_, response) => {
      asked++;
      response.end(content);
    });
    const file = { url: `${base}/tool`, sha256: sha256(content) };
    await fetchTo(file);
    await fetchTo(file);
    expect(asked).toBe(1);
  });

  it('is fetched as a whole once where what an earlier run left does not fit', async () => {
    const base = await serve((request, response) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from ? 206 : 200).end(content.subarray(from));
    });
    await writeFile(`${target()}.partial`, 'of another file');
    expect((await fetchTo({ url: `${base}/tool`, sha256: sha256(content) })).sha256).toBe(sha256(content));
  });
});

it('an image comes without TLS from this computer alone, or where a person says so', () => {
  const image = { kind: 'image' as const, reference: 'registry.example/tool:1', digest: null, arch: 'amd64', as: 'x' };
  const from = (base: string, more = {}) => pullReference(image, { HARDWAY_DOWNLOAD_BASE: base, ...more });
  expect(from('http://127.0.0.1:5000')).toEqual(['--insecure', '127.0.0.1:5000/registry.example/tool:1']);
  expect(from('http://mirror.example')).toEqual(['mirror.example/registry.example/tool:1']);
  expect(from('http://mirror.example', { HARDWAY_INSECURE_REGISTRY: '1' })[0]).toBe('--insecure');
  expect(pullReference({ ...image, digest: 'd' }, {})).toEqual(['registry.example/tool@sha256:d']);
});
