import { describe, expect, it } from '@jest/globals';
import { explain } from '../../../cli/output/failures.ts';
import { hintFor } from '../../../cli/output/hints.ts';

describe('hintFor', () => {
  it.each([
    [
      'ssh: handshake failed: host key mismatch: 10.0.0.1:22 presents ssh-ed25519 SHA256:a',
      'another machine has its address; no data was sent',
    ],
    ['ssh: unable to authenticate, attempted methods [none publickey]', 'authorized_keys'],
    ['after 15 failed attempts: dial tcp 10.0.0.1:22: connect: no route to host', 'does not answer over SSH'],
    ['dial tcp 10.0.0.1:22: connect: connection refused', 'does not answer over SSH'],
    ['tar: x: Cannot write: No space left on device', 'the disk of wrk01 is full'],
    ['curl: (23) Failure writing output to destination', 'the disk of wrk01 is full'],
  ])('knows %s', (message, hint) => {
    expect(hintFor(message, 'wrk01')).toContain(hint);
    expect(hintFor(message, 'wrk01')).toContain('wrk01');
  });

  it('names the stack in commands', () => {
    const gone = 'dial tcp 10.0.0.1:22: connect: no route to host';
    expect(hintFor(gone, 'wrk01', 'two')).toContain('"make up STACK=two" starts a lab machine');
    expect(hintFor(gone, 'wrk01', 'two')).toContain('"make forget STACK=two HOST=wrk01"');
    expect(hintFor('host key mismatch', 'wrk01', 'two')).toContain('"make down STACK=two"');
  });

  it('knows a proxy that failed before it takes the machine for down, and names the variable without its value', () => {
    const saved = process.env;
    process.env = { PATH: '/bin', https_proxy: 'http://u:hunter2@127.0.0.1:9' };
    try {
      const said = hintFor('proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused', 'ctl01');
      expect(said).toContain('the request went to a proxy, which failed or refused it (https_proxy is set)');
      expect(said).toContain('NO_PROXY');
      expect(said).not.toContain('hunter2');
      process.env = { PATH: '/bin' };
      expect(hintFor('curl: (56) Received HTTP code 403 from proxy after CONNECT')).toContain(
        'no proxy variable is set',
      );
    } finally {
      process.env = saved;
    }
  });

  it('knows a passphrase that is missing or wrong', () => {
    for (const message of [
      'passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables',
      'failed to decrypt: incorrect passphrase, please set PULUMI_CONFIG_PASSPHRASE to the correct passphrase',
    ]) {
      expect(hintFor(message)).toContain('.hardway/passphrase');
    }
  });

  it('is silent where the message itself says what to do', () => {
    expect(hintFor('wrk01: staging: runc has SHA-256 a, the lock says b. Replace the file at the mirror.')).toBe(
      undefined,
    );
  });

  it('stands under the message it belongs to', () => {
    const failure = { what: 'workers-wrk01 (workers)', machine: 'wrk01', message: 'host key mismatch' };
    expect(explain([failure], { log: 'log', stack: 'dev', again: 'make up' }).split('\n').slice(0, 3)).toEqual([
      'wrk01: workers-wrk01 (workers) failed:',
      '    host key mismatch',
      expect.stringContaining('    Fix: find out whether wrk01 was reinstalled or another machine has its address'),
    ]);
  });
});
