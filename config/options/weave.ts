/** The configuration keys of Weave Net; they count when `cni` is `weave` and mean nothing otherwise. */
import { z } from 'zod';
import { option } from './option.ts';
import { choice, flag, version, withMessages } from './schemas.ts';

/** A link's MTU in bytes, or 0 for the one that follows from the link. 576 is what IPv4 asks of every link. */
const mtuOrZero = withMessages(
  z.int().refine((bytes) => bytes === 0 || (bytes >= 576 && bytes <= 65_535)),
  {
    rule: 'must be 0 or a whole number of bytes from 576 to 65535',
    fix: 'Write 0 for what the link between the machines allows, or a number like 1376.',
  },
);

/** The fewest and most characters of a password between machines. */
const passwordLength = { least: 12, most: 256 } as const;

/** A password that reaches a process by its environment: what that, a Secret and a shell all carry as it is. */
const passwordOrEmpty = withMessages(
  z.string().regex(new RegExp(`^([!-~]{${passwordLength.least},${passwordLength.most}})?$`)),
  {
    rule: `must be ${passwordLength.least} to ${passwordLength.most} printable ASCII characters without spaces: line breaks, control characters and others do not reach a process by its environment as they are`,
    fix: 'Choose another, or "" for a random one.',
  },
);

/** The keys, in the order a reader wants them. */
export const weaveOptions = {
  weaveVersion: option(
    version,
    '2.6.5',
    "Version of the Weave Net images; one of the artifact lock. 2.6.5 is built here from its module, with two lines changed so that it runs on more kernels; 2.9.0 is the maintained fork's and is downloaded.",
    'artifacts/artifacts.lock.json',
  ),
  weaveMtu: option(
    mtuOrZero,
    0,
    "MTU of the pods' links, in bytes: 0 or 576 to 65535. 0 leaves it to Weave Net, which takes 1376 with the fast datapath.",
    'WEAVE_MTU',
    { example: 1300 },
  ),
  weaveEncryption: option(
    choice(['auto', 'on', 'off']),
    'auto',
    'Whether the traffic between machines is encrypted. "auto" is on everywhere but in the lab, whose machines share one computer.',
    'WEAVE_PASSWORD',
    { example: 'on' },
  ),
  weavePassword: option(
    passwordOrEmpty,
    '',
    'Password of that encryption, 12 to 256 printable ASCII characters; set it with `pulumi config set --secret`. Empty for a random one.',
    'WEAVE_PASSWORD',
  ),
  weaveFastDatapath: option(
    choice(['auto', 'on', 'off']),
    'auto',
    'Whether packets go through the kernel\'s openvswitch, and not through a process. "auto" asks each machine whether its kernel has it.',
    'WEAVE_NO_FASTDP',
    { example: 'off' },
  ),
  weaveNetworkPolicy: option(
    flag,
    true,
    'Whether network policies are enforced, by the controller weave-npc on each node.',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
    { example: false },
  ),
  weaveNoMasqueradeLocal: option(
    flag,
    false,
    'Whether pods see the real address of callers from outside whose service has externalTrafficPolicy Local.',
    'NO_MASQ_LOCAL',
    { example: true },
  ),
  weaveIptablesBackend: option(
    choice(['nft', 'legacy']),
    'nft',
    "Which iptables Weave Net writes its rules with; it must be that of the machines, which kube-proxy uses, and each is asked. nft is Debian's.",
    'IPTABLES_BACKEND',
    { example: 'legacy' },
  ),
} as const;
