import { type ControlPlaneFilesArgs, controlPlaneFiles } from '../../../components/control-plane/files.ts';
import { encryptionConfiguration } from '../../../components/control-plane/policies.ts';
import { type EtcdFilesArgs, etcdFiles } from '../../../components/etcd/files.ts';
import { type LoadBalancerFilesArgs, loadBalancerFiles } from '../../../components/load-balancer/files.ts';
import { type PodNetworkFilesArgs, podNetworkFiles } from '../../../components/pod-network/files.ts';
import { type WorkerFilesArgs, workerFiles } from '../../../components/workers/files.ts';
import type { CertificatePair } from '../../../lib/format/certificates.ts';
import { labHost } from '../../../lib/format/host.ts';
import type { RolePlan } from '../../../lib/format/role.ts';

/** A placeholder that has the shape of PEM and says what it stands for, so that a mix-up shows in a golden. */
export const pem = (label: string, what: string): string =>
  `-----BEGIN ${label}-----\n${what}\n-----END ${label}-----\n`;

export const pair = (what: string): CertificatePair => ({
  certificatePem: pem('CERTIFICATE', what),
  privateKeyPem: pem('PRIVATE KEY', what),
});

/** A host like the one in shared measurements: no CAP_SYS_RESOURCE, cgroup v1. */
export const restrictedLab = labHost({ sysResource: false, cgroupVersion: 1, cgroupDriver: 'cgroupfs' });

const ca = pem('CERTIFICATE', 'the cluster CA');

export const etcdArgs: EtcdFilesArgs = {
  member: { name: 'ctl01', address: '10.89.0.11' },
  members: [
    { name: 'ctl01', address: '10.89.0.11' },
    { name: 'ctl02', address: '10.89.0.12' },
  ],
  clusterName: 'hardway',
  version: '3.7.3',
  initialClusterState: 'new',
  caCertificatePem: pem('CERTIFICATE', 'the etcd CA'),
  server: pair('etcd server ctl01'),
  peer: pair('etcd peer ctl01'),
};

export const controlPlaneArgs: ControlPlaneFilesArgs = {
  clusterName: 'hardway',
  clusterDomain: 'cluster.local',
  address: '10.89.0.11',
  kubernetesVersion: '1.36.4',
  etcdServers: ['https://10.89.0.11:2379', 'https://10.89.0.12:2379'],
  serviceCidr: '10.32.0.0/24',
  nodePortRange: '30000-32767',
  certificates: {
    ca: pair('the cluster CA'),
    apiserver: pair('apiserver'),
    kubeletClient: pair('apiserver as a client of kubelets'),
    etcdCaCertificatePem: pem('CERTIFICATE', 'the etcd CA'),
    etcdClient: pair('apiserver as a client of etcd'),
    frontProxyCaCertificatePem: pem('CERTIFICATE', 'the front proxy CA'),
    frontProxyClient: pair('front-proxy-client'),
    serviceAccountPrivateKeyPem: pem('PRIVATE KEY', 'service accounts'),
    serviceAccountPublicKeyPem: pem('PUBLIC KEY', 'service accounts'),
    controllerManager: pair('system:kube-controller-manager'),
    scheduler: pair('system:kube-scheduler'),
    admin: pair('admin'),
  },
  encryptionConfiguration: encryptionConfiguration({
    provider: 'aescbc',
    keys: [{ name: 'key1', keyBase64: Buffer.from('thirty-two bytes for the golden!').toString('base64') }],
  }),
  auditLog: { maxAgeDays: 30, maxBackups: 3, maxSizeMiB: 100 },
};

export const loadBalancerArgs: LoadBalancerFilesArgs = {
  controllers: [
    { name: 'ctl01', address: '10.89.0.11' },
    { name: 'ctl02', address: '10.89.0.12' },
  ],
  caCertificatePem: ca,
};

export const workerArgs: WorkerFilesArgs = {
  clusterName: 'hardway',
  nodeName: 'wrk01',
  address: '10.89.0.21',
  apiServer: 'https://10.89.0.10:6443',
  clusterDomain: 'cluster.local',
  clusterDns: ['10.32.0.10'],
  clusterPodCidr: '10.200.0.0/16',
  versions: { kubernetes: '1.36.4', containerd: '2.3.7', runc: '1.5.2', cniPlugins: '1.9.1', crictl: '1.36.0' },
  caCertificatePem: ca,
  kubeletClient: pair('system:node:wrk01'),
  kubeletServer: pair('kubelet of wrk01'),
  kubeProxyClient: pair('system:kube-proxy'),
  pauseImage: 'registry.k8s.io/pause:3.10.1',
  imageMirror: { url: 'http://10.89.0.1:5000', registries: ['registry.k8s.io'] },
  upstreamNameservers: [],
  host: restrictedLab,
  network: 'bridge',
};

export const podNetworkArgs: PodNetworkFilesArgs = {
  podCidr: '10.200.0.0/24',
  clusterPodCidr: '10.200.0.0/16',
  routes: [{ name: 'wrk02', address: '10.89.0.22', podCidr: '10.200.1.0/24' }],
};

/** One plan of every room, as on the lab's machines: what the tests about wiring go through. */
export const plans: Readonly<Record<string, RolePlan>> = {
  etcd: etcdFiles(etcdArgs),
  'control-plane': controlPlaneFiles(controlPlaneArgs),
  'load-balancer': loadBalancerFiles(loadBalancerArgs),
  workers: workerFiles(workerArgs),
  'pod-network': podNetworkFiles(podNetworkArgs),
};
