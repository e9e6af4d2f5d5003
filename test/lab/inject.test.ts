import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import ssh2 from 'ssh2';
import { extract } from 'tar-stream';
import { identityArchive, identityFiles, publicHostKey } from '../../lab/inject.ts';
import { keyPair } from '../support/ssh-keys.ts';

/** A key in OpenSSH's format. */
function opensshKey(type: 'ed25519' | 'ecdsa' = 'ed25519'): { text: string; publicKey: string } {
  const pair = keyPair(type);
  return { text: pair.private, publicKey: pair.public.split(' ').slice(0, 2).join(' ') };
}

const encrypted = ssh2.utils.generateKeyPairSync('ecdsa', {
  bits: 256,
  cipher: 'aes256-ctr',
  passphrase: 'x',
  rounds: 1,
});

describe('publicHostKey', () => {
  it('reads the public half', () => {
    const key = opensshKey();
    expect(publicHostKey(key.text)).toBe(key.publicKey);
  });

  it.each([
    ['an encrypted key', encrypted.private],
    ['another format', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    ['a key cut short', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----'],
    ['nothing', ''],
  ])('refuses %s without showing any of it', (_, text) => {
    expect(() => publicHostKey(text)).toThrow(
      /^hostPrivateKey on standard input is not an unencrypted private key in OpenSSH format\.$/,
    );
  });
});

describe('identityFiles', () => {
  it('keeps the private key to root and names the files by the key’s type', () => {
    const key = opensshKey('ecdsa');
    const files = identityFiles(
      { hostPrivateKey: key.text, authorizedKeys: ['ssh-ed25519 A one\n', 'ssh-ed25519 B two'] },
      'f'.repeat(32),
    );
    expect(files['etc/ssh/ssh_host_ecdsa_key']?.mode).toBe(0o600);
    expect(files['etc/ssh/ssh_host_ecdsa_key.pub']?.content).toBe(`${key.publicKey}\n`);
    expect(files['root/.ssh/authorized_keys']).toEqual({
      content: 'ssh-ed25519 A one\nssh-ed25519 B two\n',
      mode: 0o600,
    });
    expect(files['etc/machine-id']?.content).toBe(`${'f'.repeat(32)}\n`);
  });

  it('leaves to Docker what Docker writes at each start', () => {
    const files = identityFiles({ hostPrivateKey: opensshKey().text, authorizedKeys: ['k'] }, 'f'.repeat(32));
    expect(Object.keys(files)).not.toEqual(expect.arrayContaining(['etc/hostname']));
    expect(Object.keys(files)).not.toEqual(expect.arrayContaining(['etc/hosts']));
  });
});

describe('identityArchive', () => {
  it('is a tar of root’s files with their modes', async () => {
    const archive = await identityArchive({ 'etc/x': { content: 'hello', mode: 0o600 } });
    const seen: Record<string, unknown> = {};
    const reader = Readable.from([archive]).pipe(extract());
    for await (const entry of reader) {
      seen[entry.header.name] = { mode: entry.header.mode, uid: entry.header.uid, type: entry.header.type };
      entry.resume();
    }
    expect(seen['etc/x']).toEqual({ mode: 0o600, uid: 0, type: 'file' });
    expect(Object.values(seen)).toContainEqual({ mode: 0o700, uid: 0, type: 'directory' });
  });
});
