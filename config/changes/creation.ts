/** What a cluster was created with and cannot be changed under it. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey, type KeyName } from '../options/index.ts';
import { type ClusterConfig, machineNamed } from '../schema.ts';

/** The settings that a cluster keeps for life, as texts: the form in which the state can keep them. */
export type CreationSettings = Readonly<Record<string, string>>;

/** Why a setting cannot change, and what to do in place of the common two ways. */
interface Rule {
  /** The end of a sentence whose subject is the key. */
  readonly reason: string;
  /** The configuration key, where it differs from the setting's name. */
  readonly key?: KeyName;
  /** Replaces the common fix. */
  readonly fix?: (created: string) => string;
}

const keep = (created: string): string => `Set it back to "${created}"`;
const elsewhere = (stack: string): string =>
  `or create a second stack with the new value, move the workloads there and remove this one, or remove this cluster and create it again (make down STACK=${stack} CONFIRM=${stack}, make up STACK=${stack}: everything in it is lost)`;

const rules: Readonly<Record<string, Rule>> = {
  clusterName: { reason: 'is in the tokens, the kubeconfigs and the names of the certificate authorities' },
  clusterDomain: {
    reason: 'is in the issuer of every service account token and in the names that running pods use',
  },
  serviceCidr: {
    reason:
      'is recorded in the cluster as a ServiceCIDR object, and the addresses of existing Services, among them those of the API and of the DNS, come from it',
  },
  dnsServiceAddress: { reason: 'is in the resolv.conf of every running pod' },
  podCidr: { reason: 'is the range that running pods have their addresses from' },
  podCidrPrefixLength: { reason: 'is the size of the range that each node already gives addresses from' },
  cni: { reason: 'is the network of running pods' },
  machines: { reason: 'is where the machines of the cluster come from; others would be an empty cluster' },
  labName: { reason: 'names the Docker network and the machines; another name would be an empty cluster' },
  labSubnet: { reason: 'holds the addresses of the machines; others would be an empty cluster' },
  encryptionProvider: {
    reason: 'encrypts the Secrets in etcd, and those that exist could no longer be read',
  },
  etcdMembers: {
    reason:
      'are members of an etcd that holds data: an added machine would start an empty etcd of its own, and a removed one can take the quorum with it',
    fix: (created) =>
      `Keep the members ${created}. To change them, follow docs/hosts.md ("etcd members") by hand first, then set ` +
      `${fullKey('etcdMembersChangedByHand')} to true; the update then verifies that the member list is the wanted one`,
  },
};

/**
 * The settings of a configuration that its cluster keeps for life.
 *
 * @param config - the whole configuration
 */
export function creationSettings(config: ClusterConfig): CreationSettings {
  const { derived } = config;
  const members = derived.etcdMachines.map((name) => `${name} (${machineNamed(config, name).address})`);
  return {
    clusterName: config.clusterName,
    clusterDomain: config.clusterDomain,
    serviceCidr: config.serviceCidr,
    dnsServiceAddress: derived.dnsServiceAddress,
    podCidr: config.podCidr,
    podCidrPrefixLength: String(config.podCidrPrefixLength),
    cni: config.cni,
    machines: config.machines,
    ...(config.machines === 'lab' ? { labName: config.labName, labSubnet: config.labSubnet } : {}),
    encryptionProvider: config.encryptionProvider,
    etcdMembers: members.sort().join(', '),
  };
}

/**
 * Every setting that differs from what the cluster was created with, as one diagnostic each.
 *
 * @param created - what the cluster was created with; a setting that is not recorded is not compared
 * @param wanted - what the configuration says now
 * @param config - the stack's name, and whether the etcd members were changed by hand
 */
export function refusedSettings(
  created: CreationSettings,
  wanted: CreationSettings,
  config: Pick<ClusterConfig, 'stack' | 'etcdMembersChangedByHand'>,
): Diagnostic[] {
  return Object.entries(rules).flatMap(([name, { reason, fix }]): Diagnostic[] => {
    const [before, now] = [created[name], wanted[name]];
    if (before === undefined || now === undefined || before === now) return [];
    if (name === 'etcdMembers' && config.etcdMembersChangedByHand) return [];
    return [
      {
        severity: 'error',
        path: fullKey(name as KeyName),
        value: now,
        problem: `cannot be changed: the cluster was created with "${before}", which ${reason}`,
        fix: `${fix ? fix(before) : `${keep(before)}, ${elsewhere(config.stack)}`}.`,
      },
    ];
  });
}
