import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { extract } from 'tar-stream';
import { identityArchive, identityFiles, publicHostKey } from '../../lab/inject.ts';

function field(bytes: Buffer | string): Buffer {
  const value = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([length, value]);
}

/** A key in OpenSSH's format with an empty private part: enough for who reads the public one. */
function opensshKey(type: string, cipher = 'none'): { text: string; publicKey: string } {
  const raw = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const blob = Buffer.concat([field(type), field(raw)]);
  const one = Buffer.from([0, 0, 0, 1]);
  const head = [Buffer.from('openssh-key-v1\0'), field(cipher), field('none'), field('')];
  const body = Buffer.concat([...head, one, field(blob), field('secret')]).toString('base64');
  return {
    text: `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.replace(/.{70}/g, '$&\n')}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKey: `${type} ${blob.toString('base64')}`,
  };
}

describe('publicHostKey', () => {
  it('reads the public half', () => {
    const key = opensshKey('ssh-ed25519');
    expect(publicHostKey(key.text)).toBe(key.publicKey);
  });

  it.each([
    ['an encrypted key', opensshKey('ssh-ed25519', 'aes256-ctr').text],
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
    const key = opensshKey('ecdsa-sha2-nistp256');
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
    const files = identityFiles({ hostPrivateKey: opensshKey('ssh-rsa').text, authorizedKeys: ['k'] }, 'f'.repeat(32));
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
