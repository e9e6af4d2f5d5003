/** Options of pods, services and node ports: ranges, and the pod network. */
import { z } from 'zod';
import { machinePorts, portRange } from '../ports.ts';
import { option } from './option.ts';
import { addressOrEmpty, choice, cidr, count, withMessages } from './schemas.ts';

/** The fewest ports that a node port range may have. */
const fewestNodePorts = 16;

function portRangeProblem(text: string): string | undefined {
  const ends = portRange(text);
  if (ends === undefined) return 'is not a range of ports: two numbers joined by a dash';
  const { first, last } = ends;
  if (Math.min(first, last) < 1024 || Math.max(first, last) > 65535) return 'must be within the ports 1024 to 65535';
  if (first > last) return 'must have its smaller end first';
  if (last - first + 1 < fewestNodePorts) return `must have at least ${fewestNodePorts} ports`;
  const taken = machinePorts.filter((port) => port >= first && port <= last);
  if (taken.length > 0) return `contains ports that the machines' own services listen on: ${taken.join(', ')}`;
  return undefined;
}

/** A range of ports for services of type NodePort. */
const nodePorts = withMessages(
  z.string().refine((text) => portRangeProblem(text) === undefined),
  {
    rule: (value) => (typeof value === 'string' && portRangeProblem(value)) || 'is not a range of ports',
    fix: 'Write it like "30000-32767".',
  },
);

/** The options, in the order a reader wants them. */
export const networkOptions = {
  podCidr: option(
    cidr,
    '10.200.0.0/16',
    'Range of the pods of the whole cluster. With cni "bridge" each node gets a part of it.',
    'https://kubernetes.io/docs/concepts/cluster-administration/networking/',
    { example: '10.220.0.0/16' },
  ),
  podCidrPrefixLength: option(
    count('bits', 9, 28),
    24,
    'With cni "bridge": prefix length of the part of podCidr that each node gets, in bits, 9 to 28 and at most 16 longer than that of podCidr: 24 is 254 addresses a node.',
    'https://kubernetes.io/docs/concepts/cluster-administration/networking/',
  ),
  serviceCidr: option(
    cidr,
    '10.32.0.0/24',
    "Range of the addresses of services, from a /29 to a /12. Its first address is the API server's.",
    'kube-apiserver --service-cluster-ip-range',
    { example: '10.52.0.0/24' },
  ),
  dnsServiceAddress: option(
    addressOrEmpty,
    '',
    "Address of the cluster's DNS service, in serviceCidr. Empty: the tenth of the range.",
    'KubeletConfiguration clusterDNS',
    { example: '10.32.0.10' },
  ),
  nodePortRange: option(
    nodePorts,
    '30000-32767',
    'Ports of services of type NodePort, both ends included; at least 16, within 1024 to 65535.',
    'kube-apiserver --service-node-port-range',
    { example: '31000-32000' },
  ),
  cni: option(
    choice(['weave', 'bridge', 'none']),
    'bridge',
    'Network of the pods: "weave" is Weave Net, an overlay over the network of the machines, which enforces network policies; "bridge" is the bridge plugin with one range per node and routes between them; "none" leaves it to you. It cannot be changed while a cluster runs.',
    'components/addons/weave/',
    { example: 'weave' },
  ),
  kubeProxyMode: option(
    choice(['iptables', 'nftables', 'none']),
    'iptables',
    'How kube-proxy implements the addresses of services on the nodes: "iptables", or "nftables", which scales better and needs a kernel of 5.13 or newer. "none": there is no kube-proxy, and you add another data plane in its place, for example Cilium.',
    'KubeProxyConfiguration mode',
    { example: 'nftables' },
  ),
} as const;
