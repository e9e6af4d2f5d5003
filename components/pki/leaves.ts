import { addressProblem } from '../../lib/ipv4.ts';
import type { Machine } from '../remote/machine.ts';

/** The three authorities: who signs for whom is what keeps a kubelet from posing as an etcd member. */
export type AuthorityName = 'kubernetes' | 'etcd' | 'front-proxy';

/** Extended key usages by the names of the tls provider. */
export type Usage = 'client_auth' | 'server_auth';

/** One row of the table of leaf certificates. */
export interface LeafSpec {
  /** The row's name; also the resource's, e.g. `kubelet-wrk01`. */
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

export interface LeafTableArgs {
  readonly machines: readonly Machine[];
  /** Names of the machines that register as nodes. */
  readonly nodes: readonly string[];
  /** Names of the machines that run etcd. */
  readonly etcdMembers: readonly string[];
  /** Cluster domain, e.g. `cluster.local`. */
  readonly clusterDomain: string;
  /** First address of the service range: the `kubernetes` Service. */
  readonly firstServiceAddress: string;
  /** Where the machines reach the API: an address or a name. Often one of a machine's. */
  readonly controlPlaneEndpoint: string;
}

const isAddress = (host: string): boolean => addressProblem(host) === undefined;

const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** Every leaf certificate of a cluster. Source: the Kubernetes docs' page "PKI certificates and requirements". */
export function leafTable(args: LeafTableArgs): LeafSpec[] {
  const { machines, clusterDomain } = args;
  const client = (id: string, authority: AuthorityName, commonName: string, organization?: string): LeafSpec => ({
    id,
    authority,
    commonName,
    organization,
    dnsNames: [],
    ipAddresses: [],
    usages: ['client_auth'],
  });
  const byName = (name: string): Machine => {
    const machine = machines.find((one) => one.name === name);
    if (!machine) throw new Error(`no machine is named ${name}`);
    return machine;
  };
  const apiMachines = machines.filter((one) => one.roles.includes('controller') || one.roles.includes('loadBalancer'));
  const apiserver: LeafSpec = {
    id: 'kube-apiserver',
    authority: 'kubernetes',
    commonName: 'kube-apiserver',
    dnsNames: unique([
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      `kubernetes.default.svc.${clusterDomain}`,
      ...apiMachines.map((one) => one.name),
      ...(isAddress(args.controlPlaneEndpoint) ? [] : [args.controlPlaneEndpoint]),
    ]),
    ipAddresses: unique([
      args.firstServiceAddress,
      '127.0.0.1',
      ...apiMachines.map((one) => one.address),
      ...(isAddress(args.controlPlaneEndpoint) ? [args.controlPlaneEndpoint] : []),
    ]),
    usages: ['server_auth'],
  };
  const kubelets = args.nodes.map(byName).flatMap((node): LeafSpec[] => [
    client(`kubelet-client-${node.name}`, 'kubernetes', `system:node:${node.name}`, 'system:nodes'),
    {
      id: `kubelet-server-${node.name}`,
      authority: 'kubernetes',
      commonName: `system:node:${node.name}`,
      organization: 'system:nodes',
      dnsNames: [node.name],
      ipAddresses: [node.address],
      usages: ['server_auth'],
    },
  ]);
  const members = args.etcdMembers.map(byName).flatMap((member) =>
    (['server', 'peer'] as const).map(
      (kind): LeafSpec => ({
        id: `etcd-${kind}-${member.name}`,
        authority: 'etcd',
        commonName: member.name,
        dnsNames: [member.name, 'localhost'],
        ipAddresses: [member.address, '127.0.0.1'],
        usages: ['server_auth', 'client_auth'],
      }),
    ),
  );
  return [
    client('admin', 'kubernetes', 'admin', 'system:masters'),
    client('kube-controller-manager', 'kubernetes', 'system:kube-controller-manager'),
    client('kube-scheduler', 'kubernetes', 'system:kube-scheduler'),
    client('kube-proxy', 'kubernetes', 'system:kube-proxy', 'system:node-proxier'),
    apiserver,
    client('kube-apiserver-kubelet-client', 'kubernetes', 'kube-apiserver-kubelet-client'),
    client('kube-apiserver-etcd-client', 'etcd', 'kube-apiserver-etcd-client'),
    client('front-proxy-client', 'front-proxy', 'front-proxy-client'),
    ...kubelets,
    ...members,
  ];
}
