import { toYaml } from './yaml.ts';

/** What a machine is told at its first boot. */
export interface CloudInitArgs {
  /** The machine's host name, which is its node's name. */
  readonly hostName: string;
  /** Its SSH host key (Ed25519), made before the machine: so the first connection to it is verified. */
  readonly hostKey: {
    /** In OpenSSH's form; a secret. */
    readonly privateKey: string;
    /** As authorized_keys has it. */
    readonly publicKey: string;
  };
}

/**
 * User data for cloud-init: the host's name and key, and logins by key alone. The login user is the image's own
 * (`admin` on Debian) with the key pair of the instance; nothing else is made. Holds the private host key: a secret.
 *
 * Source: cloud-init's module reference, "SSH", "Set Hostname", "Update Etc Hosts".
 */
export function cloudInit({ hostName, hostKey }: CloudInitArgs): string {
  const config = {
    hostname: hostName,
    preserve_hostname: false,
    // So that sudo, which looks its own host up, finds it.
    manage_etc_hosts: 'localhost',
    disable_root: true,
    ssh_pwauth: false,
    // The keys that lie in the image are nobody's; where ssh_keys has some, no others are made.
    ssh_deletekeys: true,
    ssh_keys: {
      ed25519_private: hostKey.privateKey.endsWith('\n') ? hostKey.privateKey : `${hostKey.privateKey}\n`,
      ed25519_public: hostKey.publicKey.trim(),
    },
  };
  return `#cloud-config\n${toYaml(config)}`;
}
