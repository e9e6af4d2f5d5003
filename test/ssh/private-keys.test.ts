import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ssh2 from 'ssh2';
import { renderDiagnostic } from '../../config/diagnostic.ts';
import { agentError, findKeyErrors, keyPath, readKey } from '../../ssh/private-keys.ts';
import { resolved } from '../config/support.ts';
import { keyPair } from '../support/ssh-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'hardway-keys-'));
const file = (name: string): string => join(folder, name);
const plain = keyPair();
const encrypted = ssh2.utils.generateKeyPairSync('ed25519', { passphrase: 'x', cipher: 'aes256-ctr', rounds: 4 });
const pkcs8 = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const pkcs8Encrypted = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

beforeAll(() => {
  writeFileSync(file('plain'), plain.private);
  writeFileSync(file('plain.pub'), plain.public);
  writeFileSync(file('encrypted'), encrypted.private);
  writeFileSync(file('pkcs8'), pkcs8.privateKey);
  writeFileSync(file('pkcs8-encrypted'), pkcs8Encrypted.privateKey);
  writeFileSync(file('text'), 'hello\n');
  mkdirSync(file('folder'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hostKey = `ssh-ed25519 ${'A'.repeat(68)}`;
const host = (number: number, more: object = {}) => ({
  name: `node${number}`,
  roles: number === 1 ? ['controller'] : ['worker'],
  address: `10.0.0.${number}`,
  hostKey,
  ...more,
});

function said(settings: Record<string, unknown>, agent?: string): string[] {
  return findKeyErrors(resolved({ machines: 'hosts', ...settings }), agent ?? '').map((fault) =>
    renderDiagnostic(fault),
  );
}

describe('the keys that hosts are logged in to with', () => {
  it('are read from a file, from the configuration, or left to the agent', () => {
    expect(readKey({ file: file('plain') })).toBe(plain.private);
    expect(readKey({ text: 'the key' })).toBe('the key');
    expect(readKey('agent')).toBeUndefined();
  });

  it('lie in the home for ~/ and in the repository for any other relative path', () => {
    expect(keyPath('~/.ssh/id')).toBe(join(homedir(), '.ssh', 'id'));
    expect(keyPath('keys/id')).toBe(join(import.meta.dirname, '..', '..', 'keys', 'id'));
    expect(keyPath('/etc/id')).toBe('/etc/id');
  });

  it('are good when they are private keys that need no passphrase', () => {
    expect(said({ hosts: [host(1), host(2)], sshKeyFile: file('plain') })).toEqual([]);
    expect(said({ hosts: [host(1), host(2, { privateKey: plain.private })], sshKeyFile: file('plain') })).toEqual([]);
    expect(said({ hosts: [host(1), host(2)] }, '/run/agent')).toEqual([]);
  });

  it('are each complained about once, at the first place that names them, all at once', () => {
    const hosts = [
      host(1, { keyFile: file('encrypted') }),
      host(2, { keyFile: file('encrypted') }),
      host(3, { keyFile: file('plain.pub') }),
      host(4, { keyFile: file('folder') }),
      host(5, { keyFile: file('text') }),
      host(6, { keyFile: 'no/such' }),
      host(7, { privateKey: plain.public }),
      host(8, { keyFile: file('pkcs8') }),
      host(9, { bastion: { address: 'b.example.com', hostKey, keyFile: file('pkcs8-encrypted') } }),
    ];
    const there = keyPath('no/such');
    const [enc, pub, p8, p8e] = ['encrypted', 'plain.pub', 'pkcs8', 'pkcs8-encrypted'].map(file);
    const shown = (path = '') => JSON.stringify(path);
    const locked = (path = '') =>
      `is encrypted: a passphrase would be asked for, and nobody is there to type it. Load it into an agent ("ssh-add ${path}") and name no key, or use one without a passphrase.`;
    expect(said({ hosts, sshKeyFile: file('gone') })).toEqual([
      `hardway:sshKeyFile = ${shown(file('gone'))} is a file that is not there. Name the file of the private key, or none for the keys of the agent.`,
      `hardway:hosts[0].keyFile = ${shown(enc)} ${locked(enc)}`,
      `hardway:hosts[2].keyFile = ${shown(pub)} is a public key. Name the private one: the file of the same name without .pub.`,
      `hardway:hosts[3].keyFile = ${shown(file('folder'))} is a folder. Name the file of the private key in it.`,
      `hardway:hosts[4].keyFile = ${shown(file('text'))} is not a private key. Name the file that ssh-keygen made, like ~/.ssh/id_ed25519.`,
      `hardway:hosts[5].keyFile = "no/such" is a file that is not there (${there}). Name the file of the private key, or none for the keys of the agent.`,
      'hardway:hosts[6].privateKey is a public key. Name the private one: the file of the same name without .pub.',
      `hardway:hosts[7].keyFile = ${shown(p8)} is a private key in a form that SSH clients do not share. Write it in OpenSSH's own: for a PEM file "ssh-keygen -p -N '' -f ${p8}", for PuTTY's "puttygen ${p8} -O private-openssh".`,
      `hardway:hosts[8].bastion.keyFile = ${shown(p8e)} ${locked(p8e)}`,
    ]);
  });

  it('are not looked at where no login uses them', () => {
    const hosts = [host(1, { keyFile: file('plain') })];
    expect(said({ hosts, sshKeyFile: file('gone') })).toEqual([]);
  });

  it('need an agent where none is named', () => {
    expect(said({ hosts: [host(1), host(2)] })).toEqual([renderDiagnostic(agentError('and SSH_AUTH_SOCK is not set'))]);
  });
});
