/**
 * The table of the cluster's certificates and keys: one row each, with everything that is known about it. What a role
 * gets is looked up here ({@link installedOn}), so a new certificate is a row, and a line in the program that uses it.
 *
 * Source: https://kubernetes.io/docs/setup/best-practices/certificates/.
 */
import type { RoleName } from '../../config/roles.ts';
import { type ClusterConfig, machineNamed } from '../../config/schema.ts';
import type { InstalledClient, InstalledFile } from '../../lib/format/certificates.ts';
import {
  apiServerNames,
  memberNames,
  type NamedMachine,
  nodeNames,
  type SubjectAlternativeNames,
} from './subject-names.ts';

/** Extended key usages by the names of the tls provider. */
export type Usage = 'client_auth' | 'server_auth';

/**
 * Where a role has a certificate: its file and its key's, its file alone, or inside a kubeconfig. All belong to
 * root:root; certificates and public keys have mode 0644, private keys and kubeconfigs 0600.
 */
type Place =
  | { readonly certificate: string; readonly key?: string }
  | { readonly kubeconfig: string }
  | { readonly privateKey: string; readonly publicKey: string };

/** A row for a certificate authority. */
interface AuthorityRow {
  /** Its common name, after the cluster's name. */
  readonly commonName: string;
  readonly installed: Partial<Readonly<Record<RoleName, Place>>>;
  /** Who reads it, and as what. */
  readonly usedBy: string;
}

interface CommonRow {
  readonly authority: AuthorityName;
  /** For a client, the group it belongs to. */
  readonly organization?: string;
  readonly usages: readonly Usage[];
  readonly installed: Partial<Readonly<Record<RoleName, Place>>>;
  /** Who reads it, and as what. */
  readonly usedBy: string;
  /** Whether a cluster has it. Default: each does. */
  readonly exists?: (config: ClusterConfig) => boolean;
}

/** A row for a certificate that every machine of its roles has the same. */
interface ClusterRow extends CommonRow {
  /** For a client, the user it authenticates as. */
  readonly commonName: string;
  readonly names?: (config: ClusterConfig) => SubjectAlternativeNames;
}

/** A row for a certificate that each machine of its role has one of its own of. */
interface MachineRow extends CommonRow {
  readonly perMachine: 'node' | 'etcd member';
  readonly commonName: (machine: NamedMachine) => string;
  readonly names?: (machine: NamedMachine) => SubjectAlternativeNames;
}

const pairAt = (base: string) => ({ certificate: `${base}.crt`, key: `${base}.key` });
const KUBERNETES = '/etc/kubernetes';
const PKI = '/etc/kubernetes/pki';

/** The three authorities: who signs for whom is what keeps a kubelet from posing as an etcd member. */
export const authorities = {
  kubernetes: {
    commonName: 'Kubernetes CA',
    installed: {
      'control-plane': pairAt(`${PKI}/ca`),
      node: { certificate: '/var/lib/kubelet/pki/ca.crt' },
      'load-balancer': { certificate: '/etc/nginx/hardway-ca.crt' },
    },
    usedBy: 'everything that speaks with the API; its key by kube-controller-manager --cluster-signing-key-file',
  },
  etcd: {
    commonName: 'etcd CA',
    installed: {
      etcd: { certificate: '/etc/etcd/pki/ca.crt' },
      'control-plane': { certificate: `${PKI}/etcd-ca.crt` },
    },
    usedBy: 'etcd --trusted-ca-file and --peer-trusted-ca-file, kube-apiserver --etcd-cafile',
  },
  'front-proxy': {
    commonName: 'front proxy CA',
    // Of its own, so that no other client certificate passes for the API server.
    installed: { 'control-plane': { certificate: `${PKI}/front-proxy-ca.crt` } },
    usedBy: 'kube-apiserver --requestheader-client-ca-file, and the same of controller manager and scheduler',
  },
} as const satisfies Record<string, AuthorityRow>;

/** The name of an authority. */
export type AuthorityName = 'kubernetes' | 'etcd' | 'front-proxy';

/** The rows of the certificates that the authorities sign. */
export const certificates = {
  admin: {
    authority: 'kubernetes',
    commonName: 'admin',
    organization: 'system:masters',
    usages: ['client_auth'],
    installed: { 'control-plane': { kubeconfig: `${KUBERNETES}/admin.conf` } },
    usedBy: 'kubectl of the administrator, and the Kubernetes provider',
  },
  'kube-controller-manager': {
    authority: 'kubernetes',
    commonName: 'system:kube-controller-manager',
    usages: ['client_auth'],
    installed: { 'control-plane': { kubeconfig: `${KUBERNETES}/controller-manager.conf` } },
    usedBy: 'kube-controller-manager --kubeconfig',
  },
  'kube-scheduler': {
    authority: 'kubernetes',
    commonName: 'system:kube-scheduler',
    usages: ['client_auth'],
    installed: { 'control-plane': { kubeconfig: `${KUBERNETES}/scheduler.conf` } },
    usedBy: 'kube-scheduler, clientConnection of its configuration',
  },
  'kube-proxy': {
    authority: 'kubernetes',
    commonName: 'system:kube-proxy',
    organization: 'system:node-proxier',
    usages: ['client_auth'],
    installed: { node: { kubeconfig: `${KUBERNETES}/kube-proxy.conf` } },
    usedBy: 'kube-proxy, clientConnection of its configuration',
    exists: hasKubeProxy,
  },
  'kube-apiserver': {
    authority: 'kubernetes',
    commonName: 'kube-apiserver',
    names: apiServerNames,
    usages: ['server_auth'],
    installed: { 'control-plane': pairAt(`${PKI}/apiserver`) },
    usedBy: 'kube-apiserver --tls-cert-file',
  },
  'kube-apiserver-kubelet-client': {
    authority: 'kubernetes',
    commonName: 'kube-apiserver-kubelet-client',
    usages: ['client_auth'],
    installed: { 'control-plane': pairAt(`${PKI}/apiserver-kubelet-client`) },
    usedBy: 'kube-apiserver --kubelet-client-certificate',
  },
  'kube-apiserver-etcd-client': {
    authority: 'etcd',
    commonName: 'kube-apiserver-etcd-client',
    usages: ['client_auth'],
    installed: { 'control-plane': pairAt(`${PKI}/apiserver-etcd-client`) },
    usedBy: 'kube-apiserver --etcd-certfile',
  },
  'front-proxy-client': {
    authority: 'front-proxy',
    commonName: 'front-proxy-client',
    usages: ['client_auth'],
    installed: { 'control-plane': pairAt(`${PKI}/front-proxy-client`) },
    usedBy: 'kube-apiserver --proxy-client-cert-file',
  },
  'kubelet-client': {
    perMachine: 'node',
    authority: 'kubernetes',
    commonName: ({ name }) => `system:node:${name}`,
    organization: 'system:nodes',
    usages: ['client_auth'],
    installed: { node: { kubeconfig: `${KUBERNETES}/kubelet.conf` } },
    usedBy: 'kubelet --kubeconfig',
  },
  'kubelet-server': {
    perMachine: 'node',
    authority: 'kubernetes',
    commonName: ({ name }) => `system:node:${name}`,
    organization: 'system:nodes',
    names: nodeNames,
    usages: ['server_auth'],
    installed: { node: pairAt('/var/lib/kubelet/pki/kubelet-server') },
    usedBy: 'kubelet, tlsCertFile of its configuration',
  },
  'etcd-server': {
    perMachine: 'etcd member',
    authority: 'etcd',
    commonName: ({ name }) => name,
    names: memberNames,
    // etcdctl on the machine is a client by it.
    usages: ['server_auth', 'client_auth'],
    installed: { etcd: pairAt('/etc/etcd/pki/server') },
    usedBy: 'etcd --cert-file, etcdctl --cert',
  },
  'etcd-peer': {
    perMachine: 'etcd member',
    authority: 'etcd',
    commonName: ({ name }) => name,
    names: memberNames,
    usages: ['server_auth', 'client_auth'],
    installed: { etcd: pairAt('/etc/etcd/pki/peer') },
    usedBy: 'etcd --peer-cert-file',
  },
} as const satisfies Record<string, ClusterRow | MachineRow>;

/** The keys that are no certificate's. */
export const keyPairs = {
  'service-account': {
    installed: { 'control-plane': { privateKey: `${PKI}/sa.key`, publicKey: `${PKI}/sa.pub` } },
    usedBy: 'kube-apiserver --service-account-signing-key-file and --service-account-key-file',
  },
} as const;

/** Every row by the name that roles look it up by: an authority's ends in `-ca`. */
type Rows = { [A in AuthorityName as `${A}-ca`]: (typeof authorities)[A] } & typeof certificates & typeof keyPairs;

type Installed<P> = { readonly [K in keyof P]: K extends 'kubeconfig' ? InstalledClient['kubeconfig'] : InstalledFile };

/** What a role holds, by row: exactly the rows that are installed there, each in the form it is installed in. */
export type CertificatesOf<R extends RoleName> = {
  readonly [N in keyof Rows as R extends keyof Rows[N]['installed'] ? N : never]: Installed<
    Rows[N]['installed'][R & keyof Rows[N]['installed']]
  >;
};

/** A row as its machine has it: what the certificate is made from. */
export interface CertificateSpec {
  /** The name of the certificate, also the resource's: the row's, with the machine where each has its own. */
  readonly id: string;
  readonly authority: AuthorityName;
  /** For a client, the user it authenticates as. */
  readonly commonName: string;
  /** For a client, the group it belongs to. */
  readonly organization?: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly usages: readonly Usage[];
}

/** The name of a certificate: its row's, with the machine's where each machine has its own. */
export function certificateId(row: keyof typeof certificates, machine: string): string {
  return 'perMachine' in certificates[row] ? `${row}-${machine}` : row;
}

/** The certificates of a cluster: every row, once for each machine that has its own. */
export function certificateSpecs(config: ClusterConfig): CertificateSpec[] {
  const machines = (of: MachineRow['perMachine']): NamedMachine[] => {
    const names = of === 'node' ? config.derived.nodeMachines : config.derived.etcdMachines;
    return names.map((name) => machineNamed(config, name));
  };
  return Object.entries<ClusterRow | MachineRow>(certificates).flatMap(([id, row]) => {
    if (row.exists?.(config) === false) return [];
    const { authority, organization, usages } = row;
    const spec = (ofRow: { id: string; commonName: string }, names: SubjectAlternativeNames = none) => {
      const { dnsNames, ipAddresses } = names;
      return { ...ofRow, authority, organization, dnsNames, ipAddresses, usages };
    };
    if (!('perMachine' in row)) return [spec({ id, commonName: row.commonName }, row.names?.(config))];
    return machines(row.perMachine).map((machine) =>
      spec({ id: `${id}-${machine.name}`, commonName: row.commonName(machine) }, row.names?.(machine)),
    );
  });
}

/** The rows that a role holds, by name, with where it holds them. */
export function installedOn(role: RoleName): { name: keyof Rows; place: Place }[] {
  const rows = {
    ...Object.fromEntries(Object.entries(authorities).map(([name, row]) => [`${name}-ca`, row])),
    ...certificates,
    ...keyPairs,
  };
  return Object.entries<{ installed: Partial<Record<RoleName, Place>> }>(rows).flatMap(([name, { installed }]) => {
    const place = installed[role];
    return place === undefined ? [] : [{ name: name as keyof Rows, place }];
  });
}

function hasKubeProxy({ kubeProxyMode }: ClusterConfig): boolean {
  return kubeProxyMode !== 'none';
}

const none: SubjectAlternativeNames = { dnsNames: [], ipAddresses: [] };
