/**
 * The configuration keys: the one table of what they mean, their units, ranges, defaults and sources. It makes the
 * types ({@link Settings}), the declarations in `Pulumi.yaml`, the README's table, and the messages about wrong values.
 */
import type { z } from 'zod';
import { awsOptions } from './aws.ts';
import { option } from './option.ts';
import * as kind from './schemas.ts';
import { sshOptions } from './ssh.ts';
import { weaveOptions } from './weave.ts';

/** The certificate and key algorithms: the elliptic curve P-256, or RSA with 2048 bits. */
const keyAlgorithm = kind.choice(['ECDSA-P256', 'RSA-2048']);
/** A hundred years. */
const mostHours = 876_000;

/** Every key, without its namespace `hardway:`, in the order a reader wants them. */
export const options = {
  clusterName: option(
    kind.label,
    'hardway',
    'Name of the cluster, in kubeconfigs and in the controller-manager. A DNS label.',
    'kube-controller-manager --cluster-name',
  ),
  clusterDomain: option(
    kind.domain,
    'cluster.local',
    'DNS domain of the cluster: services are <name>.<namespace>.svc.<domain>. At most 121 characters.',
    'KubeletConfiguration clusterDomain',
  ),
  machines: option(
    kind.choice(['lab', 'hosts', 'aws']),
    'lab',
    'Where the machines come from: "lab" makes them as systemd containers on this machine; "hosts" takes machines that exist, over SSH; "aws" makes instances of Amazon EC2.',
    'components/machines/',
  ),
  labName: option(
    kind.labName,
    '',
    'Name of the lab, part of the names of its Docker network and containers; two labs side by side need two. Empty for "hardway-<stack>". A DNS label of at most 40 characters.',
    'docker network create',
  ),
  labSubnet: option(
    kind.cidr,
    '10.89.0.0/24',
    'Network of the lab. Its first address is the gateway (this machine), its last usable one the artifact mirror. From a /29 to a /16.',
    'docker network create --subnet',
  ),
  ...sshOptions,
  ...awsOptions,
  controllers: option(
    kind.machines(kind.fewMachines),
    ['ctl01', 'ctl02'],
    'Machines of the control plane, 1 to 9: names, or mappings of name, address, podCidr and architecture. They run etcd too unless etcdMembers names others. With machines "hosts" this and the next three are not set: roles are said in hosts.',
    'https://kubernetes.io/docs/concepts/overview/components/',
  ),
  workers: option(
    kind.machines(5000),
    ['wrk01', 'wrk02'],
    'Machines that run pods, written as the controllers are.',
    'https://kubernetes.io/docs/setup/best-practices/cluster-large/',
  ),
  loadBalancers: option(
    kind.machines(kind.fewMachines),
    ['kubelb'],
    'Machines in front of the controllers, 0 to 9, written as the controllers are. Two or more share an address that moves to another when one dies. With none, the first controller is the API endpoint.',
    'nginx stream',
  ),
  loadBalancerAddress: option(
    kind.addressOrEmpty,
    '',
    'The address that moves between two or more load balancers (VRRP): a free IPv4 address of the network they are all in. Empty in a lab for one of labSubnet.',
    'https://www.keepalived.org/manpage.html',
  ),
  etcdMembers: option(
    kind.machines(kind.fewMachines),
    [],
    "Machines of the etcd cluster, 0 to 9, written as the controllers are. A name that is a controller's means on that controller. Empty for on every controller.",
    'https://etcd.io/docs/v3.6/faq/',
  ),
  controllersAsNodes: option(
    kind.flag,
    false,
    'Whether the controllers are nodes of the cluster too, tainted node-role.kubernetes.io/control-plane:NoSchedule.',
    'KubeletConfiguration registerWithTaints',
  ),
  architecture: option(
    kind.architectureOrNone,
    '',
    "Processor architecture of the machines that name none of their own; one of the artifact lock. Empty in a lab for this computer's, elsewhere for amd64.",
    'artifacts/artifacts.lock.json',
  ),
  kubernetesVersion: option(
    kind.version,
    '1.36.4',
    'Version of Kubernetes; one of the artifact lock.',
    'artifacts/artifacts.lock.json',
  ),
  etcdVersion: option(
    kind.version,
    '3.7.3',
    'Version of etcd; one of the artifact lock.',
    'artifacts/artifacts.lock.json',
  ),
  containerdVersion: option(
    kind.version,
    '2.3.7',
    'Version of containerd; one of the artifact lock.',
    'artifacts/artifacts.lock.json',
  ),
  runcVersion: option(
    kind.version,
    '1.5.2',
    'Version of runc; one of the artifact lock.',
    'artifacts/artifacts.lock.json',
  ),
  cniPluginsVersion: option(
    kind.version,
    '1.9.1',
    'Version of the CNI plugins; one of the artifact lock.',
    'artifacts/artifacts.lock.json',
  ),
  crictlVersion: option(
    kind.version,
    '1.36.0',
    'Version of crictl; one of the artifact lock.',
    'artifacts/artifacts.lock.json',
  ),
  corednsVersion: option(
    kind.version,
    '1.14.7',
    'Version of the CoreDNS image; one of the artifact lock.',
    'artifacts/artifacts.lock.json',
  ),
  pauseVersion: option(
    kind.version,
    '3.10.1',
    'Version of the pause image; one of the artifact lock.',
    'artifacts/artifacts.lock.json',
  ),
  podCidr: option(
    kind.cidr,
    '10.200.0.0/16',
    'Range of the pods of the whole cluster; each node gets a part of it.',
    'kube-controller-manager --cluster-cidr',
  ),
  podCidrPrefixLength: option(
    kind.count('bits', 9, 28),
    24,
    "Prefix length of each node's part of podCidr, in bits, 9 to 28 and at most 16 longer than podCidr's: 24 is 254 addresses a node.",
    'kube-controller-manager --node-cidr-mask-size',
  ),
  serviceCidr: option(
    kind.cidr,
    '10.32.0.0/24',
    "Range of the addresses of services, from a /29 to a /12. The first is the API server's.",
    'kube-apiserver --service-cluster-ip-range',
  ),
  dnsServiceAddress: option(
    kind.addressOrEmpty,
    '',
    "Address of the cluster's DNS service, in serviceCidr. Empty for the tenth of the range.",
    'KubeletConfiguration clusterDNS',
  ),
  nodePortRange: option(
    kind.nodePorts,
    '30000-32767',
    'Ports of services of type NodePort, both ends included; at least 16, within 1024 to 65535.',
    'kube-apiserver --service-node-port-range',
  ),
  cni: option(
    kind.choice(['weave', 'bridge', 'none']),
    'bridge',
    'Network of the pods: "weave" is Weave Net, which builds it over the network of the machines and enforces network policies; "bridge" is the bridge plugin with one range a node and routes between them; "none" leaves it to you. It cannot be changed while a cluster runs.',
    'components/addons/weave/',
  ),
  ...weaveOptions,
  certificateKeyAlgorithm: option(
    keyAlgorithm,
    'ECDSA-P256',
    'Key of every certificate, those of the authorities included: "ECDSA-P256" or "RSA-2048".',
    'https://kubernetes.io/docs/setup/best-practices/certificates/',
  ),
  serviceAccountKeyAlgorithm: option(
    keyAlgorithm,
    'ECDSA-P256',
    'Key that signs service account tokens: "ECDSA-P256" or "RSA-2048".',
    'kube-apiserver --service-account-signing-key-file',
  ),
  caValidityHours: option(
    kind.count('hours', 1, mostHours),
    87_600,
    'How long the certificate authorities are valid, in hours, 1 to 876000: 87600 is ten years.',
    'https://kubernetes.io/docs/setup/best-practices/certificates/',
  ),
  certificateValidityHours: option(
    kind.count('hours', 1, mostHours),
    8_760,
    'How long every other certificate is valid, in hours, 1 to caValidityHours: 8760 is a year.',
    'https://kubernetes.io/docs/setup/best-practices/certificates/',
  ),
  certificateRenewalHours: option(
    kind.count('hours', 0, mostHours),
    720,
    'How long before its end the next `up` renews a certificate, in hours, 0 to less than certificateValidityHours.',
    'https://www.pulumi.com/registry/packages/tls/api-docs/locallysignedcert/',
  ),
  certificateSubject: option(
    kind.subject,
    {
      organization: 'Kubernetes',
      organizationalUnit: 'Kubernetes The Hard Way',
      country: 'US',
      locality: 'Portland',
      province: 'Oregon',
    },
    'Subject of the certificates besides the names and groups that Kubernetes reads: a mapping with any of organization, organizationalUnit, country, locality, province. What it leaves out is left out.',
    'https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates',
  ),
  encryptionProvider: option(
    kind.choice(['aescbc', 'secretbox']),
    'aescbc',
    'How secrets are encrypted in etcd: "aescbc" or "secretbox".',
    'https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/',
  ),
  artifactMirror: option(
    kind.mirror,
    '',
    "URL of a mirror that serves the artifacts by their publishers' hosts and paths. Empty for the publishers themselves; the lab has one of its own.",
    'lab/',
  ),
  imageMirror: option(
    kind.mirror,
    '',
    "URL of a registry that serves images under their publishers' paths and is asked before the publishers. Empty for the publishers alone; the lab has one of its own.",
    'https://github.com/containerd/containerd/blob/main/docs/hosts.md',
  ),
  corednsReplicas: option(
    kind.count('pods', 1, 100),
    2,
    "How many pods answer for the cluster's DNS, 1 to 100.",
    'https://kubernetes.io/docs/tasks/administer-cluster/dns-horizontal-autoscaling/',
  ),
  upstreamNameservers: option(
    kind.nameServers,
    [],
    'Name servers for names outside the cluster, at most 3 IPv4 addresses. Empty: only names of the cluster are answered.',
    'KubeletConfiguration resolvConf',
  ),
  auditLogMaxAgeDays: option(
    kind.count('days', 0, 3650),
    30,
    'How long the API server keeps an audit log file, in days, 0 (for ever) to 3650.',
    'kube-apiserver --audit-log-maxage',
  ),
  auditLogMaxBackups: option(
    kind.count('files', 0, 1000),
    3,
    'How many old audit log files the API server keeps, 0 (all) to 1000.',
    'kube-apiserver --audit-log-maxbackup',
  ),
  auditLogMaxSizeMiB: option(
    kind.count('MiB', 1, 10_240),
    100,
    'Size at which the API server starts a new audit log file, in MiB, 1 to 10240.',
    'kube-apiserver --audit-log-maxsize',
  ),
} as const;

/** The name of a configuration key, without its namespace. */
export type KeyName = keyof typeof options;

/** The value of every key, as the schemas make it: machine entries are mappings, nothing is derived yet. */
export type Settings = { [K in KeyName]: z.output<(typeof options)[K]['schema']> };

/** The names of the keys, in the order of {@link options}. */
export const optionNames = Object.keys(options) as KeyName[];

/** The namespace of the keys: the project's name. */
export const namespace = 'hardway';

/** A key with its namespace, as stack files and messages write it. */
export function fullKey(name: string): string {
  return `${namespace}:${name}`;
}

/** Keys whose values are never shown, in messages neither. */
export const secretOptions: readonly string[] = ['weavePassword', 'sshPrivateKey'] satisfies KeyName[];
