/** The configuration keys of machines that exist and are reached over SSH. Part of the table in `config/options/index.ts`. */

import { option } from './option.ts';
import * as kind from './schemas.ts';
import * as host from './ssh-schemas.ts';

const sshConfig = 'https://man.openbsd.org/ssh_config';

/** The keys of `machines: hosts`. */
export const sshOptions = {
  hosts: option(
    host.hosts,
    [],
    'With machines "hosts": the machines, mappings of name, roles (loadBalancer, etcd, controller, worker), address (inside the cluster) and, where they differ from the keys below, sshAddress (what SSH dials; default address), user, port, keyFile or privateKey, hostKey, bastion ({} for none), architecture, podCidr.',
    'components/machines/',
  ),
  sshUser: option(
    host.loginName,
    'root',
    'With machines "hosts": who logs in. Anyone but root needs sudo without a password.',
    `${sshConfig}#User`,
  ),
  sshPort: option(host.port, 22, 'With machines "hosts": port of sshd, 1 to 65535.', `${sshConfig}#Port`),
  sshTimeoutSeconds: option(
    kind.count('seconds', 5, 3600),
    60,
    'How long a machine may take over SSH, in seconds, 5 to 3600: to let hardway in, and again to answer it. For the pre-flight, smoke, drift and status. Raise it for slow machines.',
    'ssh/',
  ),
  sshKeyFile: option(
    host.pathOrEmpty,
    '',
    'With machines "hosts": file of the private key to log in with, not encrypted by a passphrase. Empty for sshPrivateKey, or, when that is empty too, the keys of the agent at SSH_AUTH_SOCK.',
    `${sshConfig}#IdentityFile`,
  ),
  sshPrivateKey: option(
    host.secretText,
    '',
    'With machines "hosts": the private key itself; set it with `pulumi config set --secret`. Empty for sshKeyFile or the agent.',
    `${sshConfig}#IdentityFile`,
  ),
  hostKeyPolicy: option(
    kind.choice(['pinned', 'accept-first']),
    'pinned',
    'With machines "hosts": which host keys are trusted. "pinned": those of the config and no other. "accept-first": also the one that a host without a key in the config shows at first, which is then recorded in hosts.<stack>.yaml; from then on no other.',
    `${sshConfig}#StrictHostKeyChecking`,
  ),
  bastion: option(
    host.bastion,
    {},
    'With machines "hosts": the machine that SSH goes through to all hosts that name no other, a mapping of address and, where they differ, user, port, keyFile or privateKey, hostKey. {} for none.',
    `${sshConfig}#ProxyJump`,
  ),
  apiAddress: option(
    host.dialAddressOrEmpty,
    '',
    'With machines "hosts": what clients outside reach the API at, where that is not the address inside the cluster: an IPv4 address or a DNS name, which the certificate of the API then names. Port 6443 there must lead to a load balancer, or to the first controller where there is none. Empty for the address inside the cluster.',
    'kubeconfig clusters[].cluster.server',
  ),
} as const;
