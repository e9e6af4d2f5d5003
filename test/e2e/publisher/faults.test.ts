import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Computer, type Provided, useComputer, useStandIn } from './support.ts';

const standIn = useStandIn();
const computer = useComputer(standIn);
const faults = () => standIn().server.faults;

/** One artifact, with a list of sums beside it and no pinned sum, for this computer's platform. */
const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
const runc = `runc/runc@1.5.2/${arch}`;
const kubelet = `kubernetes/kubelet@1.36.4/${arch}`;

/** Requests that brought, or were to bring, the bytes of the file. */
const fetches = ({ requests }: Provided) =>
  requests.filter((each) => each.startsWith('GET release-assets.githubusercontent.com/'));

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
  expect(output).not.toMatch(/\bbuilding\b|there is no go\b/);
  expect(message).not.toMatch(/AggregateError|\[object|undefined/);
}

describe('a publisher that is as it should be', () => {
  it('is asked for each file once', async () => {
    const result = await computer().provide([runc, kubelet]);
    expect(result.message).toBe('');
    expect(result.exitCode).toBe(0);
    const got = result.requests.filter((each) => each.startsWith('GET ') && !/sha256/.test(each));
    expect(got.filter((each) => each.includes('cdn.dl.k8s.io'))).toHaveLength(1);
    expect(fetches(result)).toHaveLength(2); // the file, and the list beside it
    expect(result.pauses).toEqual([]);
  });

  it('is not asked again for what is there', async () => {
    expect((await computer().provide([runc])).exitCode).toBe(0);
    expect((await computer().provide([runc])).requests).toEqual([]);
  });
});

describe('a host that refuses', () => {
  it.each([401, 403, 404])('with %i is named with the reason, once, and not tried again', async (status) => {
    faults().add({ host: 'github.com', trouble: { reply: { status, body: 'no\n' } } });
    const result = await computer().provide([runc]);
    expectMessage(result, 'github.com', new RegExp(`\\b${status}\\b`));
    // Once for each address: the file, its list of sums.
    expect(new Set(result.requests).size).toBe(result.requests.length);
    await nothingStands(computer());
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
    expect(result.message).toMatch(/\b\d+ (attempts|tries|times)\b/);
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
    faults().add({ host: 'github.com', path: /runc\.sha256sum$/, trouble: { reply: page } });
    expectMessage(await computer().provide([runc]), 'github.com', /runc\.sha256sum/);
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
