/** Options of existing machines that are reached over SSH. */
import { z } from 'zod';
import { addressProblem } from '../../lib/ipv4.ts';
import { machineRoles } from '../roles.ts';
import { option } from './option.ts';
import { address, architecture, choice, cidr, count, domain, hostName, withMessages } from './schemas.ts';

/** What SSH dials: an IPv4 address or a DNS name. */
const dialAddress = withMessages(
  z
    .string()
    .refine((text) => addressProblem(text) === undefined || (/[a-z]/.test(text) && domain.safeParse(text).success)),
  {
    rule: 'must be an IPv4 address or a DNS name',
    fix: 'Write it like 203.0.113.10 or host1.example.com.',
  },
);

/** What clients dial: an IPv4 address, a DNS name, or the empty text for none of its own. */
const dialAddressOrEmpty = withMessages(dialAddress.or(z.literal('')), {
  rule: 'must be an IPv4 address or a DNS name',
  fix: 'Write it like 203.0.113.10 or api.example.com, or "" for the address inside the cluster.',
});

/** A TCP port. */
const port = withMessages(z.int().min(1).max(65_535), {
  rule: 'must be a port from 1 to 65535',
  fix: 'Write the number without quotes, like 22.',
});

/** A login name, as useradd(8) takes it. */
const loginName = withMessages(z.string().regex(/^[a-z_][a-z0-9_.-]{0,31}$/), {
  rule: 'must be a login name: 1 to 32 lower-case letters, digits, dots, dashes and underscores, a letter or underscore first',
  fix: 'Write it like root or admin.',
});

/** The path of a file, or nothing. `~/` stands for the home of who runs Pulumi. */
const pathOrEmpty = withMessages(z.string().regex(/^[^\p{Cc}]*$/u), {
  rule: 'must be the path of a file',
  fix: 'Write it like ~/.ssh/id_ed25519.',
});

/**
 * A text that only Pulumi can read when it is encrypted: in a stack file read without Pulumi it is a mapping with the
 * one key `secure`, and comes out as the empty text.
 */
const secretText = withMessages(z.union([z.string(), z.strictObject({ secure: z.string() }).transform(() => '')]), {
  rule: 'must be a text',
  fix: 'Set it with `pulumi config set --secret`.',
});

/** The public key of a host, as ssh-keyscan(1) and /etc/ssh/ssh_host_*_key.pub have it, without the host's name. */
export const hostKey = withMessages(
  z
    .string()
    .regex(/^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}( [^\p{Cc}]*)?$/u)
    .transform((text) => text.split(' ').slice(0, 2).join(' ')),
  {
    rule: 'must be a public host key: its type, a space, and the key in base64',
    fix: 'Copy it from /etc/ssh/ssh_host_ed25519_key.pub on the machine: "ssh-ed25519 AAAA...".',
  },
);

const login = {
  user: loginName.optional(),
  port: port.optional(),
  keyFile: pathOrEmpty.optional(),
  privateKey: secretText.optional(),
  hostKey: hostKey.optional(),
};

/** A machine that SSH goes through; the empty mapping is none. */
const bastion = withMessages(z.strictObject({ address: dialAddress.optional(), ...login }), {
  rule: 'must be a mapping with address and optionally user, port, keyFile, privateKey and hostKey',
  fix: 'Write it like {address: bastion.example.com, user: admin, hostKey: "ssh-ed25519 AAAA..."}, or {} for none.',
});

/** A machine that exists. */
const host = withMessages(
  z.strictObject({
    name: hostName,
    roles: withMessages(
      z
        .array(
          withMessages(z.enum(machineRoles), {
            rule: `must be one of ${machineRoles.join(', ')}`,
            fix: 'Write it like [worker].',
          }),
        )
        .min(1),
      {
        rule: 'must be a list of at least one role',
        fix: `Write it like [controller, etcd] or [worker]; the roles are ${machineRoles.join(', ')}.`,
      },
    ),
    address,
    sshAddress: dialAddress.optional(),
    ...login,
    bastion: bastion.optional(),
    architecture: architecture.optional(),
    podCidr: cidr.optional(),
  }),
  {
    rule: 'must be a mapping with name, roles, address and optionally sshAddress, user, port, keyFile, privateKey, hostKey, bastion, architecture and podCidr',
    fix: 'Write it like {name: ctl01, roles: [controller, etcd], address: 10.0.0.11, hostKey: "ssh-ed25519 AAAA..."}.',
  },
);

/** The machines that exist. */
const hosts = withMessages(z.array(host).max(5000), {
  rule: 'must be a list of at most 5000 hosts',
  fix: 'Write one "- name: ..." with its roles and address a host.',
});

const sshConfig = 'https://man.openbsd.org/ssh_config';

/** The keys of `machines: hosts`. */
export const sshOptions = {
  hosts: option(
    hosts,
    [],
    'With machines "hosts": the machines, mappings of name, roles (loadBalancer, etcd, controller, worker), address (inside the cluster) and, where they differ from the keys below, sshAddress (what SSH dials; default address), user, port, keyFile or privateKey, hostKey, bastion ({} for none), architecture, podCidr.',
    'components/machines/',
    {
      example: [
        { name: 'lb1', address: '192.0.2.10', roles: ['loadBalancer'] },
        { name: 'cp1', address: '192.0.2.20', roles: ['controller', 'etcd'] },
        { name: 'worker1', address: '192.0.2.30', roles: ['worker'], user: 'ops' },
      ],
    },
  ),
  sshUser: option(
    loginName,
    'root',
    'With machines "hosts": the user that logs in. Any user but root needs sudo without a password.',
    `${sshConfig}#User`,
    { example: 'ops' },
  ),
  sshPort: option(port, 22, 'With machines "hosts": port of sshd, 1 to 65535.', `${sshConfig}#Port`, { example: 2222 }),
  sshTimeoutSeconds: option(
    count('seconds', 5, 3600),
    60,
    'How long a machine may take over SSH, in seconds, 5 to 3600: to let hardway in, and again to answer. For the pre-flight, smoke, drift and status. Raise it for slow machines.',
    'ssh/',
    { example: 120 },
  ),
  sshKeyFile: option(
    pathOrEmpty,
    '',
    'With machines "hosts": file of the private key to log in with, not encrypted by a passphrase. Empty: sshPrivateKey, or, when that is empty too, the keys of the agent at SSH_AUTH_SOCK.',
    `${sshConfig}#IdentityFile`,
    { example: '~/.ssh/id_ed25519' },
  ),
  sshPrivateKey: option(
    secretText,
    '',
    'With machines "hosts": the private key itself; set it with `pulumi config set --secret`. Empty: sshKeyFile or the agent.',
    `${sshConfig}#IdentityFile`,
  ),
  hostKeyPolicy: option(
    choice(['pinned', 'accept-first']),
    'pinned',
    'With machines "hosts": which host keys are trusted. "pinned": only those in the configuration. "accept-first": also the first key that a host without a key in the configuration shows, which is then recorded in hosts.<stack>.yaml and pinned.',
    `${sshConfig}#StrictHostKeyChecking`,
    { example: 'accept-first' },
  ),
  bastion: option(
    bastion,
    {},
    'With machines "hosts": the bastion (jump host) of all hosts that name no other, a mapping of address and, where they differ, user, port, keyFile or privateKey, hostKey. {} for none.',
    `${sshConfig}#ProxyJump`,
    { example: { address: 'bastion.example.com', user: 'jumpuser' } },
  ),
  externalEndpoint: option(
    dialAddressOrEmpty,
    '',
    'With machines "hosts": where clients outside reach the API, if not at the address inside the cluster: an IPv4 address or a DNS name, which is then in the API\'s certificate. Port 6443 there must lead to a load balancer, or to the first controller where there is none. Empty: the address inside the cluster.',
    'kubeconfig clusters[].cluster.server',
    { example: 'api.example.com', formerName: 'apiAddress' },
  ),
} as const;
