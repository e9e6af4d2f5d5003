import ssh2 from 'ssh2';
import { pack } from 'tar-stream';
import { UserError } from '../lib/user-error.ts';

/** What makes a machine reachable and recognisable. Secret: it holds a private key. */
export interface MachineKeys {
  /** The machine's SSH host key, private, in OpenSSH's format. */
  readonly hostPrivateKey: string;
  /** Public keys that may log in as root, one line each. */
  readonly authorizedKeys: readonly string[];
}

/** Files that carry a machine's identity, by path. */
export interface IdentityFile {
  readonly content: string;
  readonly mode: number;
}

/**
 * The public half of an unencrypted private key in OpenSSH's format, as `<type> <base64>`.
 *
 * @throws UserError when the text is not such a key. The message never holds any of it.
 */
export function publicHostKey(privateKey: string): string {
  const parsed = privateKey.includes('-----BEGIN OPENSSH PRIVATE KEY-----') ? ssh2.utils.parseKey(privateKey) : [];
  const [key] = Array.isArray(parsed) ? parsed : [parsed];
  if (key === undefined || key instanceof Error || !key.isPrivateKey()) {
    throw new UserError('hostPrivateKey on standard input is not an unencrypted private key in OpenSSH format.');
  }
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

/**
 * The files that make a container this machine. Not `/etc/hostname` and `/etc/hosts`: Docker writes those at each start.
 *
 * @param machineId 32 hexadecimal digits
 */
export function identityFiles(keys: MachineKeys, machineId: string): Record<string, IdentityFile> {
  const hostKey = publicHostKey(keys.hostPrivateKey);
  const kind = /^(?:ssh-)?(ed25519|rsa|ecdsa)/.exec(hostKey)?.[1];
  if (!kind) throw new UserError(`the host key's type ${hostKey.split(' ')[0]} is none of ed25519, ecdsa and rsa.`);
  return {
    'etc/machine-id': { content: `${machineId}\n`, mode: 0o444 },
    [`etc/ssh/ssh_host_${kind}_key`]: { content: `${keys.hostPrivateKey.trim()}\n`, mode: 0o600 },
    [`etc/ssh/ssh_host_${kind}_key.pub`]: { content: `${hostKey}\n`, mode: 0o644 },
    'root/.ssh/authorized_keys': { content: authorizedKeysText(keys), mode: 0o600 },
  };
}

/** The text of `authorized_keys`. */
export function authorizedKeysText(keys: MachineKeys): string {
  return keys.authorizedKeys.map((key) => `${key.trim()}\n`).join('');
}

/** The files as a tar archive owned by root, for `docker cp -`. */
export async function identityArchive(files: Readonly<Record<string, IdentityFile>>): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: 'root/.ssh', type: 'directory', mode: 0o700, uid: 0, gid: 0 });
  for (const [name, file] of Object.entries(files)) {
    archive.entry({ name, mode: file.mode, uid: 0, gid: 0 }, file.content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
