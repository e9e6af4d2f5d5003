import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { cloudInit } from '../../../lib/format/cloud-init.ts';
import { expectGoldens } from './golden.ts';
import { pem } from './samples.ts';

const args = {
  hostName: 'wrk01',
  hostKey: { privateKey: pem('OPENSSH PRIVATE KEY', 'the host key of wrk01'), publicKey: 'ssh-ed25519 AAAA\n' },
};

describe('cloudInit', () => {
  it('renders what test/golden/cloud-init shows', () => {
    expectGoldens('cloud-init', { 'user-data': cloudInit(args) });
  });

  it('hands the key over as it is, and with a line break at its end', () => {
    const read = (privateKey: string) =>
      parse(cloudInit({ ...args, hostKey: { ...args.hostKey, privateKey } })).ssh_keys.ed25519_private;
    expect(read(args.hostKey.privateKey)).toBe(args.hostKey.privateKey);
    expect(read(args.hostKey.privateKey.trimEnd())).toBe(args.hostKey.privateKey);
  });

  it('fits into what EC2 takes', () => {
    const long = pem('OPENSSH PRIVATE KEY', 'x'.repeat(3000));
    const text = cloudInit({ hostName: 'a'.repeat(63), hostKey: { privateKey: long, publicKey: 'ssh-ed25519 AAAA' } });
    expect(Buffer.byteLength(text)).toBeLessThan(16 * 1024);
  });

  it('is a number to nobody where the host has the name of one', () => {
    expect(parse(cloudInit({ ...args, hostName: '1e3' })).hostname).toBe('1e3');
  });
});
