import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startProxy } from '../../../e2e/publisher/proxy.ts';
import { type Computer, type Provided, useComputer, useStandIn } from './support.ts';

const standIn = useStandIn();
const computer = useComputer(standIn);
const faults = () => standIn().server.faults;

const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
/** A pinned file of a GitHub release. */
const runc = `runc/runc@1.5.2/${arch}`;
/** A pinned file at another host than it is asked for, and one that nobody has pinned. */
const kubelet = `kubernetes/kubelet@1.36.4/${arch}`;
const proxied = `kubernetes/kube-proxy@1.36.4/${arch}`;

/** Requests for a whole file, and not for a byte of it to see whether its host answers. */
const whole = (requests: readonly string[]) => requests.filter((each) => / bytes=0-0$/.test(each) === false);

/** Nothing of the artifact stands. */
async function nothingStands({ cache }: Computer): Promise<void> {
  const files = await readdir(join(cache, 'mirror'), { recursive: true, withFileTypes: true }).catch(() => []);
  expect(files.filter((entry) => entry.isFile())).toEqual([]);
}

/** One message, with the host, the reason and the way on; and nobody began to build. */
function expectMessage({ exitCode, message, output }: Provided, host: string, reason: RegExp): void {
  expect(exitCode).toBe(1);
  expect(message).toContain(host);
  expect(message).toMatch(reason);
  expect(message.match(/^\s*Fix: /gm)).toHaveLength(1);
  expect(output).not.toMatch(/: building, /);
  expect(message).not.toMatch(/AggregateError|\[object|undefined/);
}

describe('a publisher that is as it should be', () => {
  it('is asked for each file once', async () => {
    const result = await computer().provide([runc, kubelet, proxied]);
    expect(result.message).toBe('');
    expect(result.exitCode).toBe(0);
    const files = whole(result.requests).filter((each) => each.startsWith('GET cdn.dl.k8s.io'));
    expect(files.map((each) => each.slice(each.lastIndexOf('/') + 1)).sort()).toEqual([
      'kube-proxy',
      'kube-proxy.sha256',
      'kubelet',
    ]);
    expect(whole(result.requests).filter((each) => each.includes('release-assets'))).toHaveLength(1);
    expect(result.pauses).toEqual([]);
  });

  it('is not asked again for what is there', async () => {
    expect((await computer().provide([runc])).exitCode).toBe(0);
    expect((await computer().provide([runc])).requests).toEqual([]);
  });

  it('is believed where nobody has pinned a sum, which is said', async () => {
    const result = await computer().provide([proxied]);
    expect(result.output).toMatch(/kube-proxy .*no checksum is pinned.*dl\.k8s\.io/);
    expect((await computer().provide([proxied])).output).not.toMatch(/no checksum/);
  });
});

describe('a host that refuses', () => {
  it.each([401, 403])('with %i is named with the reason, and not tried again', async (status) => {
    faults().add({ host: 'github.com', trouble: { reply: { status, body: 'no\n' } } });
    const result = await computer().provide([runc]);
    expectMessage(result, 'github.com', new RegExp(`\\b${status}\\b`));
    expect(new Set(result.requests).size).toBe(result.requests.length);
    await nothingStands(computer());
  });

  it('with 404 is named with the address', async () => {
    faults().add({ host: 'github.com', trouble: { reply: { status: 404, body: 'Not Found' } } });
    const result = await computer().provide([runc]);
    expectMessage(result, `https://github.com/opencontainers/runc/releases/download/v1.5.2/runc.${arch}`, /\b404\b/);
    expect(result.pauses).toEqual([]);
  });

  it('is the host of the redirect, where the proxy lets only the first one through', async () => {
    faults().add({
      host: 'release-assets.githubusercontent.com',
      trouble: { reply: { status: 403, body: 'Blocked' } },
    });
    expectMessage(await computer().provide([runc]), 'release-assets.githubusercontent.com', /\b403\b/);
  });
});

describe('a host that asks for patience', () => {
  it.each([429, 403, 503])('with %i and Retry-After gets as much as it asks for', async (status) => {
    const reply = { status, headers: { 'retry-after': '7' }, body: 'slow down\n' };
    faults().add({ host: 'github.com', path: /\/runc\.a/, method: 'GET', times: 1, trouble: { reply } });
    const result = await computer().provide([runc]);
    expect(result.message).toBe('');
    expect(result.exitCode).toBe(0);
    expect(result.pauses).toContain(7000);
  });

  it('is left alone where it asks for longer than anybody waits', async () => {
    const reply = { status: 429, headers: { 'retry-after': '3600' }, body: 'slow down\n' };
    faults().add({ host: 'github.com', trouble: { reply } });
    const result = await computer().provide([runc]);
    expectMessage(result, 'github.com', /\b429\b/);
    expect(Math.max(0, ...result.pauses)).toBeLessThan(3_600_000);
  });

  it('and says nothing of how much gets more of it each time', async () => {
    faults().add({
      host: 'github.com',
      path: /\/runc\.a/,
      method: 'GET',
      times: 2,
      trouble: { reply: { status: 502 } },
    });
    const result = await computer().provide([runc]);
    expect(result.exitCode).toBe(0);
    expect(result.pauses).toHaveLength(2);
    expect(result.pauses[1]).toBeGreaterThan(result.pauses[0] ?? 0);
  });

  it('for ever is named with what was tried', async () => {
    faults().add({ host: 'github.com', trouble: { reply: { status: 500 } } });
    const result = await computer().provide([runc]);
    expectMessage(result, 'github.com', /\b500\b/);
    expect(result.pauses.length).toBeGreaterThan(0);
  });
});

describe('a host that breaks down in the middle', () => {
  it('is named with its address and how often it was tried', async () => {
    faults().add({ host: 'cdn.dl.k8s.io', trouble: { cutAfter: 0 } });
    const result = await computer().provide([kubelet]);
    expectMessage(
      result,
      `https://dl.k8s.io/release/v1.36.4/bin/linux/${arch}/kubelet`,
      /\b[2-9] (attempts|tries|times)\b/,
    );
    await nothingStands(computer());
  });
});

describe('a connection that breaks', () => {
  const host = 'cdn.dl.k8s.io';
  const path = /\/kubelet$/;

  it('goes on where it was cut off', async () => {
    faults().add({ host, path, method: 'GET', times: 1, trouble: { cutAfter: 30 } });
    const result = await computer().provide([kubelet]);
    expect(result.message).toBe('');
    expect(result.requests.at(-1)).toMatch(/kubelet bytes=\d+-$/);
    expect(whole(result.requests).filter((each) => /cdn.*kubelet/.test(each))).toHaveLength(2);
  });

  it('begins anew where the host knows no ranges', async () => {
    faults().add({ host, path, method: 'GET', times: 1, trouble: { cutAfter: 30 } });
    faults().add({ host, path, method: 'GET', trouble: { cutAfter: Number.MAX_SAFE_INTEGER, ranges: false } });
    const result = await computer().provide([kubelet]);
    expect(result.message).toBe('');
    expect(result.exitCode).toBe(0);
  });

  it('by a reset is tried again', async () => {
    faults().add({ host, path, method: 'GET', times: 1, trouble: { reset: true } });
    expect((await computer().provide([kubelet])).exitCode).toBe(0);
  });

  it('by silence is named as that', async () => {
    faults().add({ host: 'dl.k8s.io', trouble: { silent: true } });
    const result = await computer().provide([kubelet], { NO_PATIENCE: '1' });
    expectMessage(result, 'dl.k8s.io', /no answer|did not answer|timed? ?out/i);
  });

  it('and a later run goes on from what came', async () => {
    faults().add({ host, path, method: 'GET', trouble: { cutAfter: 5 } });
    const first = await computer().provide([kubelet]);
    expect(first.exitCode).toBe(1);
    faults().clear();
    const second = await computer().provide([kubelet]);
    expect(second.exitCode).toBe(0);
    expect(second.requests.some((each) => /kubelet bytes=\d+-$/.test(each))).toBe(true);
  });
});

describe('wrong bytes', () => {
  it('are refused with both sums and the address, and not kept', async () => {
    faults().add({ host: 'cdn.dl.k8s.io', path: /\/kubelet$/, trouble: { corrupt: true } });
    const result = await computer().provide([kubelet]);
    expectMessage(result, 'dl.k8s.io', /(?:[0-9a-f]{64}[\s\S]*){2}/);
    expect(result.message).toContain('/kubelet');
    await nothingStands(computer());
  });

  it('of a list of sums, an error page for instance, are no list', async () => {
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>sign in first</html>' };
    faults().add({ host: 'cdn.dl.k8s.io', path: /\.sha256$/, trouble: { reply: page } });
    expectMessage(await computer().provide([proxied]), 'dl.k8s.io', /kube-proxy\.sha256/);
    await nothingStands(computer());
  });
});

describe('a certificate', () => {
  it.each([
    ['expired', /expired/i],
    ['unknown-authority', /NODE_EXTRA_CA_CERTS|authority|issuer|certificate/i],
    ['other-host', /another-host\.example|altnames|does not match/i],
  ] as const)('that is wrong (%s) is named, and nothing is sent', async (fault, reason) => {
    faults().spoilCertificate('github.com', fault);
    const result = await computer().provide([runc]);
    expectMessage(result, 'github.com', reason);
    expect(result.requests).toEqual([]);
  });
});

describe('the proxy', () => {
  it('that wants a password says so, and the one that was given is never shown', async () => {
    const proxy = await startProxy({ route: () => undefined, credentials: 'ann:right' });
    const url = `http://ann:wrong-password@127.0.0.1:${proxy.port}`;
    const result = await computer().provide([runc], { HTTPS_PROXY: url, https_proxy: url });
    await proxy.close();
    expectMessage(result, 'github.com', /\b407\b/);
    expect(result.output).not.toContain('wrong-password');
    expect(result.requests).toEqual([]);
  });

  it('that lets only some hosts through is named for those that it does not', async () => {
    const { server } = standIn();
    const route = (host: string) => (host === 'github.com' ? { host: '127.0.0.1', port: server.tlsPort } : undefined);
    const proxy = await startProxy({ route });
    const url = `http://127.0.0.1:${proxy.port}`;
    const result = await computer().provide([runc], { HTTPS_PROXY: url, https_proxy: url });
    await proxy.close();
    expectMessage(result, 'release-assets.githubusercontent.com', /proxy.*\b403\b/);
  });
});

describe('a redirect', () => {
  it('away from TLS is refused, and nothing is asked without it', async () => {
    const reply = { status: 302, headers: { location: 'http://release-assets.githubusercontent.com/runc' } };
    faults().add({ host: 'github.com', trouble: { reply } });
    const result = await computer().provide([runc]);
    expectMessage(result, 'github.com', /http:\/\/release-assets\.githubusercontent\.com|https/);
    expect(standIn().server.entries.filter(({ tls }) => !tls)).toEqual([]);
  });

  it('without end is left', async () => {
    const reply = { status: 302, headers: { location: 'https://github.com/opencontainers/runc' } };
    faults().add({ host: 'github.com', trouble: { reply } });
    const result = await computer().provide([runc]);
    expectMessage(result, 'github.com', /redirect/i);
    expect(result.requests.length).toBeLessThan(30);
  });
});
