import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { reach } from '../../../components/load-balancer/reach.ts';

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'tls', name), 'utf8');
const ca = fixture('loopback.crt');
const script = join(import.meta.dirname, '..', '..', '..', 'components', 'load-balancer', 'reach.ts');
const answers: number[] = [];
const asked: string[] = [];
const server = createServer({ key: fixture('loopback.key'), cert: ca }, (request, response) => {
  asked.push(`${request.method} ${request.url}`);
  response.writeHead(answers.shift() ?? 200).end();
});
let port = 0;

beforeEach(async () => {
  asked.length = 0;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  answers.length = 0;
  server.closeAllConnections();
  server.close();
});

describe('the look from the machine that runs Pulumi', () => {
  it('waits until the API is ready', async () => {
    answers.push(500, 503);
    await expect(reach('127.0.0.1', ca, { port })).resolves.toBeUndefined();
    expect(asked).toEqual(['GET /readyz', 'GET /readyz', 'GET /readyz']);
  });

  it('says what to look at when nobody listens', async () => {
    server.close();
    await expect(reach('127.0.0.1', ca, { port, limitSeconds: 0 })).rejects.toThrow(
      /^the API does not answer from here at https:\/\/127\.0\.0\.1:\d+\/readyz within 0 s\. Is this machine's address in hardway:awsApiCidrs, or .*hardway:apiAddress.*Seen last: .*ECONNREFUSED/,
    );
  });

  it('says what was answered', async () => {
    answers.push(503);
    await expect(reach('127.0.0.1', ca, { port, limitSeconds: 0 })).rejects.toThrow('Seen last: it answered 503');
  });

  it('takes no other certificate for the API', async () => {
    const other = '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n';
    await expect(reach('127.0.0.1', other, { port, limitSeconds: 0 })).rejects.toThrow('does not answer from here');
    expect(asked).toEqual([]);
  });

  it('is a program that fails in a few words', () => {
    const { status, stderr } = spawnSync(process.execPath, [script, 'not a host'], { input: ca, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr.trim()).toBe('Invalid URL');
  });
});
