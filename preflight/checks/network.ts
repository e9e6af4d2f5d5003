/** Whether a host is where the configuration has it: its address, and the networks that it is in. Pure. */
import { contains, networkOf } from '../../lib/ipv4.ts';
import type { HostFacts } from '../facts.ts';
import { type Check, reportIf } from './context.ts';

/** The networks of a host as ranges. An address on its own says nothing of what is around it. */
function rangesOf({ networks }: HostFacts): string[] {
  return networks.flatMap((each) => {
    const [address = '', prefix] = each.split('/');
    return Number(prefix) < 32 ? [`${networkOf(address, Number(prefix))}/${prefix}`] : [];
  });
}

/** Whether an address is in a network of the host; where none of its networks is known, nobody says that it is not. */
function isNear(facts: HostFacts, address: string): boolean {
  const ranges = rangesOf(facts).filter((range) => !contains('127.0.0.0/8', range));
  return ranges.length === 0 || ranges.some((range) => contains(range, address));
}

/** The address inside the cluster is on no interface. */
export const address: Check = ({ address: wanted }, { addresses }) =>
  reportIf(
    !addresses.includes(wanted),
    `has no interface with the address ${wanted}; it has ${addresses.filter((each) => !each.startsWith('127.')).join(', ') || 'none'}`,
    'Write the address that it has in the network of the cluster, and what SSH dials as sshAddress.',
  );

/** The address that moves between load balancers has to be in their network, and on none of the others. */
export const floating: Check = (host, facts, { config }) => {
  const moving = config.derived.controlPlaneVip;
  if (moving === undefined) return [];
  return [
    ...reportIf(
      host.roles.includes('loadBalancer') && !isNear(facts, moving),
      `is in no network with hardway:loadBalancerAddress, ${moving}; it has ${facts.networks.filter((each) => !each.startsWith('127.')).join(', ')}`,
      'Set it to a free address of the network that all load balancers are in.',
    ),
    ...reportIf(
      facts.addresses.includes(moving) && !facts.roles.includes('load-balancer'),
      `has the address ${moving}, which is hardway:loadBalancerAddress and is to move between the load balancers`,
      'Choose an address that no machine has.',
    ),
  ];
};

/** On the bridge, machines send packets for pods straight to their nodes: no router between them would know the way. */
export const oneNetwork: Check = (host, facts, { config }) => {
  if (config.cni !== 'bridge' || !facts.addresses.includes(host.address)) return [];
  const far = config.machinesList.filter(({ name, isNode, address: other }) => {
    return isNode && name !== host.name && !isNear(facts, other);
  });
  return reportIf(
    far.length > 0,
    `is in no network with ${far.map(({ name, address: other }) => `${name} (${other})`).join(', ')}, and with hardway:cni "bridge" there must be no router between machines`,
    'Put all hosts into one network, or set hardway:cni to weave.',
  );
};
