import { existsSync, readFileSync } from 'node:fs';
import { UserError } from '../lib/user-error.ts';
import { docker, inspect } from './engine.ts';

import { bridgeName, checkName, labLabel, ownerLabel } from './names.ts';
import { removeContainers } from './remove.ts';
import { defaultInterface, findHolder, type HeldRange, isHostAddress, routedRanges } from './subnet.ts';

/** What `network create` prints. */
export interface LabNetwork {
  readonly id: string;
  readonly name: string;
  readonly subnet: string;
  readonly gateway: string;
  readonly bridge: string;
  /** Largest packet on the lab's network, in bytes. */
  readonly mtu: number;
}

/** What the network is made from. */
export interface NetworkSpec {
  readonly lab: string;
  /** CIDR of the machines' addresses. */
  readonly subnet: string;
  /** The host's own address on the network. */
  readonly gateway: string;
  /** Who makes it, by any word that is theirs alone. A lab of another owner is not touched. Default: nobody asks. */
  readonly owner?: string;
}

/** The part of a network's inspection that the lab reads. */
export interface NetworkInspection {
  readonly Id: string;
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly IPAM: { readonly Config: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null };
  readonly Containers: Readonly<Record<string, { readonly Name: string }>> | null;
}

const bridgeOption = 'com.docker.network.bridge.name';
const mtuOption = 'com.docker.network.driver.mtu';

/** The arguments that create the network. Pure. */
export function networkArguments(spec: NetworkSpec, mtu: number): string[] {
  return [
    ...['network', 'create', '--driver', 'bridge'],
    ...['--subnet', spec.subnet, '--gateway', spec.gateway],
    ...['--opt', `${bridgeOption}=${bridgeName(spec.lab)}`],
    ...['--opt', `${mtuOption}=${mtu}`],
    ...['--label', `${labLabel}=${spec.lab}`],
    ...(spec.owner ? ['--label', `${ownerLabel}=${spec.owner}`] : []),
    spec.lab,
  ];
}

/**
 * Creates the lab's network, or finds it.
 *
 * @throws UserError when the subnet is held by something else, or the name by a network that is not this lab's.
 */
export async function createNetwork(spec: NetworkSpec): Promise<LabNetwork> {
  checkName('the lab', spec.lab);
  if (!isHostAddress(spec.gateway, spec.subnet)) {
    throw new UserError(`the gateway ${spec.gateway} is not a host address of ${spec.subnet} (hardway:labSubnet).`);
  }
  const existing = await ownNetwork(spec.lab);
  refuseOtherOwner(existing?.Labels?.[ownerLabel], spec);
  const made = existing ? describe(existing) : undefined;
  if (made?.subnet === spec.subnet && made.gateway === spec.gateway) return made;
  if (existing) await replaceable(existing, spec);
  await refuseBusySubnet(spec);
  const { stdout } = await docker(networkArguments(spec, hostMtu()));
  const network = await inspect<NetworkInspection>('network', stdout.trim());
  if (!network)
    throw new UserError(`the network ${spec.lab} vanished right after it was created`, { fix: `Run this again.` });
  return describe(network);
}

/** Removes the lab's network and what is left of this lab on it. Gives the names of what went. */
export async function deleteNetwork(lab: string): Promise<string[]> {
  const network = await ownNetwork(lab);
  if (!network) return [];
  const removed = await removeContainers([`${labLabel}=${lab}`]);
  await docker(['network', 'rm', network.Id]);
  return [...removed, network.Name];
}

/**
 * The lab's network, if it is there.
 *
 * @throws UserError when a network of that name belongs to somebody else.
 */
export async function ownNetwork(lab: string): Promise<NetworkInspection | undefined> {
  const network = await inspect<NetworkInspection>('network', lab);
  if (network && network.Labels?.[labLabel] !== lab) {
    throw new UserError(`a Docker network "${lab}" exists that is not this lab's`, {
      fix: `Choose another hardway:labName.`,
    });
  }
  return network;
}

/** Two checkouts with one lab's name would otherwise give the same machines two sets of keys. */
export function refuseOtherOwner(owner: string | undefined, spec: NetworkSpec): void {
  if (!owner || !spec.owner || owner === spec.owner) return;
  throw otherOwner(spec.lab);
}

/** The error for a lab that another stack made. */
export function otherOwner(lab: string): UserError {
  return new UserError(
    `the lab "${lab}" exists and is another stack's: of another checkout or another user, or of this one before its state ` +
      'was lost.\nFix: set hardway:labName and hardway:labSubnet to others in Pulumi.<stack>.yaml; or, if nobody needs ' +
      'that lab, run "make down", which removes it, and then "make up".',
  );
}

function describe(network: NetworkInspection): LabNetwork {
  const config = network.IPAM.Config?.[0] ?? {};
  return {
    id: network.Id,
    name: network.Name,
    subnet: config.Subnet ?? '',
    gateway: config.Gateway ?? '',
    bridge: network.Options?.[bridgeOption] ?? '',
    mtu: Number(network.Options?.[mtuOption] ?? 1500),
  };
}

async function replaceable(network: NetworkInspection, spec: NetworkSpec): Promise<void> {
  const attached = Object.values(network.Containers ?? {}).map((container) => container.Name);
  if (attached.length > 0) {
    throw new UserError(
      `the network ${spec.lab} has the subnet ${describe(network).subnet}, not ${spec.subnet}, and machines on it ` +
        `(${attached.join(', ')}). Fix: \`make down\`, then \`make up\`; or choose another hardway:labName.`,
    );
  }
  await docker(['network', 'rm', network.Id]);
}

/**
 * Throws when a range is held by a Docker network or a route of this host.
 *
 * @throws UserError that names the holder and the way out.
 */
export async function refuseBusySubnet(spec: Pick<NetworkSpec, 'subnet'>): Promise<void> {
  const holder = findHolder(spec.subnet, [...(await dockerRanges()), ...routedRanges(routes())]);
  if (!holder) return;
  throw new UserError(
    `the subnet ${spec.subnet} is busy: ${holder.holder} has ${holder.cidr}. ` +
      'Fix: set hardway:labSubnet to a free range (pulumi config set hardway:labSubnet 10.90.0.0/24), or remove the other one.',
  );
}

async function dockerRanges(): Promise<HeldRange[]> {
  const { stdout } = await docker(['network', 'ls', '--quiet', '--no-trunc']);
  const ids = stdout.split('\n').filter((id) => id !== '');
  const networks = await Promise.all(ids.map((id) => inspect<NetworkInspection>('network', id)));
  return networks.flatMap((network) =>
    (network?.IPAM.Config ?? []).map((config) => ({
      cidr: config.Subnet ?? '',
      holder: `the Docker network "${network?.Name}"`,
    })),
  );
}

function routes(): string {
  return existsSync('/proc/net/route') ? readFileSync('/proc/net/route', 'utf8') : '';
}

/** Machines fetch through the host's uplink too, so their packets must not be larger than it takes. */
function hostMtu(): number {
  const uplink = defaultInterface(routes());
  const file = `/sys/class/net/${uplink}/mtu`;
  const mtu = uplink && existsSync(file) ? Number(readFileSync(file, 'utf8')) : 1500;
  return Math.min(1500, mtu);
}
