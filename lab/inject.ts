import { pack } from 'tar-stream';
import { LabError } from './errors.ts';

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
 * The format carries it in the clear: magic, cipher, key derivation and its options, number of keys, public key.
 *
 * @throws LabError when the text is not such a key. The message never holds any of it.
 */
export function publicHostKey(privateKey: string): string {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END OPENSSH PRIVATE KEY-----/.exec(
    privateKey,
  );
  const bytes = Buffer.from(body?.[1] ?? '', 'base64');
  const magic = 'openssh-key-v1\0';
  try {
    if (bytes.toString('latin1', 0, magic.length) !== magic) throw new RangeError('magic');
    let offset = magic.length;
    const next = () => {
      const length = bytes.readUInt32BE(offset);
      const value = bytes.subarray(offset + 4, offset + 4 + length);
      offset += 4 + length;
      return value;
    };
    const [cipher] = [next().toString(), next(), next()];
    if (cipher !== 'none') throw new RangeError('encrypted');
    offset += 4;
    const blob = next();
    return `${blob.toString('latin1', 4, 4 + blob.readUInt32BE(0))} ${blob.toString('base64')}`;
  } catch {
    throw new LabError('hostPrivateKey on standard input is not an unencrypted private key in OpenSSH format.');
  }
}

/**
 * The files that make a container this machine. Not `/etc/hostname` and `/etc/hosts`: Docker writes those at each start.
 *
 * @param machineId 32 hexadecimal digits
 */
export function identityFiles(keys: MachineKeys, machineId: string): Record<string, IdentityFile> {
  const hostKey = publicHostKey(keys.hostPrivateKey);
  const kind = /^(?:ssh-)?(ed25519|rsa|ecdsa)/.exec(hostKey)?.[1];
  if (!kind) throw new LabError(`the host key's type ${hostKey.split(' ')[0]} is none of ed25519, ecdsa and rsa.`);
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
