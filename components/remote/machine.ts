import type * as pulumi from '@pulumi/pulumi';
import type { Role } from '../../config/roles.ts';
import type { HostCapabilities } from '../../lib/format/host.ts';

/** How the program logs in somewhere over SSH. */
export interface SshLogin {
  /** Address or name that SSH dials. It may differ from the address inside the cluster. */
  readonly host: pulumi.Input<string>;
  /** TCP port of sshd. Default 22. */
  readonly port?: pulumi.Input<number>;
  /** Login name. Anyone but `root` needs `sudo` without a password. */
  readonly user: string;
  /** Private key in OpenSSH or PEM form; a secret. Without one, the agent at SSH_AUTH_SOCK is asked. */
  readonly privateKey?: pulumi.Input<string>;
  /** The key sshd must present, in authorized_keys form; another one is refused. */
  readonly hostKey: pulumi.Input<string>;
}

/** How the program reaches a machine over SSH. */
export interface Connection extends SshLogin {
  /** The machine that the connection goes through. Default none. */
  readonly bastion?: SshLogin;
}

/**
 * A Linux machine that exists: what the machines component gives every other one. Names and addresses are plain values,
 * so certificates, flags and routes can be rendered, and read in a preview, before the machine is there.
 */
export interface Machine {
  /** Host name, unique in the cluster. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** IPv4 address inside the cluster. */
  readonly address: string;
  /** Architecture as the artifacts are named: `amd64` or `arm64`. */
  readonly architecture: string;
  readonly connection: Connection;
  /** What its kernel or container allows services to do. */
  readonly host: HostCapabilities;
  /** Changes when another machine takes the name: everything is then installed on it again. */
  readonly identity: pulumi.Output<string>;
  /**
   * Whether the machine outlives the stack. Another one under its name then shows as another connection and gets
   * everything by updates: a replacement would first delete at the old one, which may be gone. Default false.
   */
  readonly outlivesStack?: boolean;
  /**
   * The resource that is the machine, or stands for it where it outlives the stack: what is on the machine is deleted
   * with it, without connecting to it. Absent where each thing is to be removed by itself.
   */
  readonly resource?: pulumi.Resource;
  /**
   * Whether this update leaves the machine as it is, since it does not answer: what would be run there waits for an
   * update in which it does. Default false.
   */
  readonly leftOut?: boolean;
  /**
   * What must be done before a role goes onto the machine: its binaries are staged; from a source of machines, what
   * staging itself waits for. Default nothing.
   */
  readonly staged?: pulumi.Resource;
}

/** Names and addresses of the API server's certificate that are known only once the machines exist. */
export interface ApiServerCertSans {
  readonly dnsNames: readonly pulumi.Input<string>[];
  readonly ipAddresses: readonly pulumi.Input<string>[];
}
