/** The configuration keys of Weave Net; they count when `cni` is `weave` and mean nothing otherwise. */
import { option } from './option.ts';
import * as kind from './schemas.ts';

/** The keys, in the order a reader wants them. */
export const weaveOptions = {
  weaveVersion: option(
    kind.version,
    '2.6.5',
    "Version of the Weave Net images; one of the artifact lock. 2.6.5 is built here from its module, with two lines changed so that it runs on more kernels; 2.9.0 is the maintained fork's and is downloaded.",
    'artifacts/artifacts.lock.json',
  ),
  weaveMtu: option(
    kind.mtuOrZero,
    0,
    "MTU of the pods' links, in bytes: 0 or 576 to 65535. 0 leaves it to Weave Net, which takes 1376 with the fast datapath.",
    'WEAVE_MTU',
  ),
  weaveEncryption: option(
    kind.choice(['auto', 'on', 'off']),
    'auto',
    'Whether the traffic between machines is encrypted. "auto" is on everywhere but in the lab, whose machines share one computer.',
    'WEAVE_PASSWORD',
  ),
  weavePassword: option(
    kind.passwordOrEmpty,
    '',
    'Password of that encryption, 12 to 256 printable ASCII characters; set it with `pulumi config set --secret`. Empty for a random one.',
    'WEAVE_PASSWORD',
  ),
  weaveFastDatapath: option(
    kind.choice(['auto', 'on', 'off']),
    'auto',
    'Whether packets go through the kernel\'s openvswitch, and not through a process. "auto" asks each machine whether its kernel has it.',
    'WEAVE_NO_FASTDP',
  ),
  weaveNetworkPolicy: option(
    kind.flag,
    true,
    'Whether network policies are enforced, by the controller weave-npc beside each peer.',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ),
  weaveNoMasqueradeLocal: option(
    kind.flag,
    false,
    'Whether pods see the real address of callers from outside whose service has externalTrafficPolicy Local.',
    'NO_MASQ_LOCAL',
  ),
  weaveIptablesBackend: option(
    kind.choice(['nft', 'legacy']),
    'nft',
    "Which iptables Weave Net writes its rules with; it must be that of the machines, which kube-proxy uses, and each is asked. nft is Debian's.",
    'IPTABLES_BACKEND',
  ),
} as const;
