/** What a cluster was created with and cannot be changed under it. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { fullKey, type KeyName } from '../options/index.ts';
import type { ClusterConfig } from '../schema.ts';

/** The settings that a cluster keeps for life, as texts: the form in which the state can keep them. */
export type CreationSettings = Readonly<Record<string, string>>;

/** Why a setting cannot change. */
interface Rule {
  /** The end of a sentence whose subject is the key. */
  readonly reason: string;
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
};

/**
 * The settings of a configuration that its cluster keeps for life.
 *
 * @param config - the whole configuration
 */
export function creationSettings(config: ClusterConfig): CreationSettings {
  const { derived } = config;
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
  };
}

/**
 * Every setting that differs from what the cluster was created with, as one diagnostic each.
 *
 * @param created - what the cluster was created with; a setting that is not recorded is not compared
 * @param wanted - what the configuration says now
 * @param stack - the stack's name
 */
export function refusedSettings(created: CreationSettings, wanted: CreationSettings, stack: string): Diagnostic[] {
  return Object.entries(rules).flatMap(([name, { reason }]): Diagnostic[] => {
    const [before, now] = [created[name], wanted[name]];
    if (before === undefined || now === undefined || before === now) return [];
    return [
      {
        severity: 'error',
        path: fullKey(name as KeyName),
        value: now,
        problem: `cannot be changed: the cluster was created with "${before}", which ${reason}`,
        fix: `${keep(before)}, ${elsewhere(stack)}.`,
      },
    ];
  });
}
