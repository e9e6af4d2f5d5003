import { type ControlPlanePlanArgs, planControlPlane } from '../../../components/control-plane/plan.ts';
import { type EtcdPlanArgs, planEtcd } from '../../../components/etcd/etcd.ts';
import { type LoadBalancerPlanArgs, planLoadBalancer } from '../../../components/load-balancer/plan.ts';
import { type CertificatesOf, installedOn } from '../../../components/pki/certificates.ts';
import { planPodNetwork } from '../../../components/pod-network/plan.ts';
import type { RoutesArgs } from '../../../components/pod-network/routes.ts';
import { type NodePlanArgs, planNode } from '../../../components/workers/plan.ts';
import type { RoleName } from '../../../config/roles.ts';
import { type CertificatePair, publicFile, secretFile } from '../../../lib/format/certificates.ts';
import { labHost } from '../../../lib/format/host.ts';
import type { RolePlan } from '../../../lib/format/role.ts';
import { resolved } from '../../config/support.ts';

/** A placeholder that has the shape of PEM and says what it stands for, so that a mix-up shows in a golden. */
export const pem = (label: string, what: string): string =>
  `-----BEGIN ${label}-----\n${what}\n-----END ${label}-----\n`;

export const pair = (what: string): CertificatePair => ({
  certificatePem: pem('CERTIFICATE', what),
  privateKeyPem: pem('PRIVATE KEY', what),
});

/** What the placeholders of certificates say, by row. */
const labels = (machine: string): Readonly<Record<string, string>> => ({
  'kubernetes-ca': 'the cluster CA',
  'etcd-ca': 'the etcd CA',
  'front-proxy-ca': 'the front proxy CA',
  'kube-apiserver': 'apiserver',
  'kube-apiserver-kubelet-client': 'apiserver as a client of kubelets',
  'kube-apiserver-etcd-client': 'apiserver as a client of etcd',
  'front-proxy-client': 'front-proxy-client',
  'service-account': 'service accounts',
  'kube-controller-manager': 'system:kube-controller-manager',
  'kube-scheduler': 'system:kube-scheduler',
  'kube-proxy': 'system:kube-proxy',
  'kubelet-client': `system:node:${machine}`,
  'kubelet-server': `kubelet of ${machine}`,
  'etcd-server': `etcd server ${machine}`,
  'etcd-peer': `etcd peer ${machine}`,
  admin: 'admin',
});

/** What a role of a machine holds, with placeholders for the PEM. */
export function certificatesOf<R extends RoleName>(role: R, machine: string): CertificatesOf<R> {
  const held = installedOn(role).map(({ name, place }) => {
    const what = labels(machine)[name] ?? name;
    if ('kubeconfig' in place)
      return [name, { kubeconfig: { path: place.kubeconfig, user: what, client: pair(what) } }];
    const files: Record<string, unknown> = {};
    for (const [kind, path] of Object.entries(place)) {
      const label = { certificate: 'CERTIFICATE', publicKey: 'PUBLIC KEY' }[kind] ?? 'PRIVATE KEY';
      files[kind] = { path, file: (label === 'PRIVATE KEY' ? secretFile : publicFile)(pem(label, what)) };
    }
    return [name, files];
  });
  return Object.fromEntries(held) as CertificatesOf<R>;
}

/** A host like the one in shared measurements: no CAP_SYS_RESOURCE, cgroup v1. */
const restrictedLab = labHost({ sysResource: false, cgroupVersion: 1, cgroupDriver: 'cgroupfs' });

/** The cluster of the samples. */
export const settings = {
  controllers: [
    { name: 'ctl01', address: '10.89.0.11' },
    { name: 'ctl02', address: '10.89.0.12' },
  ],
  workers: [
    { name: 'wrk01', address: '10.89.0.21' },
    { name: 'wrk02', address: '10.89.0.22' },
  ],
  loadBalancers: [{ name: 'kubelb', address: '10.89.0.10' }],
  cni: 'bridge',
};
const config = resolved(settings);

export const etcdArgs: EtcdPlanArgs = {
  config,
  member: { name: 'ctl01', address: '10.89.0.11' },
  members: [
    { name: 'ctl01', address: '10.89.0.11' },
    { name: 'ctl02', address: '10.89.0.12' },
  ],
  identity: { cluster: 'dev/hardway/0a1b2c3d', encryption: 'aescbc 0123456789ab' },
  certificates: certificatesOf('etcd', 'ctl01'),
};

export const controlPlaneArgs: ControlPlanePlanArgs = {
  config,
  machine: { address: '10.89.0.11' },
  etcdServers: ['https://10.89.0.11:2379', 'https://10.89.0.12:2379'],
  certificates: certificatesOf('control-plane', 'ctl01'),
  encryptionKey: Buffer.from('thirty-two bytes for the golden!').toString('base64'),
};

export const loadBalancerArgs: LoadBalancerPlanArgs = {
  controllers: [{ address: '10.89.0.11' }, { address: '10.89.0.12' }],
  certificates: certificatesOf('load-balancer', 'kubelb'),
};

export const nodeArgs: NodePlanArgs = {
  config,
  machine: { name: 'wrk01', address: '10.89.0.21' },
  certificates: certificatesOf('node', 'wrk01'),
  pauseImage: 'registry.k8s.io/pause:3.10.1',
  imageMirror: { url: 'http://10.89.0.1:5000', registries: ['registry.k8s.io'] },
  host: restrictedLab,
};

export const podNetworkArgs: RoutesArgs = {
  podCidr: '10.200.0.0/24',
  clusterPodCidr: '10.200.0.0/16',
  routes: [{ name: 'wrk02', address: '10.89.0.22', podCidr: '10.200.1.0/24' }],
};

/** One plan of every role, as on the lab's machines: what the tests about wiring go through. */
export const plans: Readonly<Record<string, RolePlan>> = {
  etcd: planEtcd(etcdArgs),
  'control-plane': planControlPlane(controlPlaneArgs),
  'load-balancer': planLoadBalancer(loadBalancerArgs),
  workers: planNode(nodeArgs),
  'pod-network': planPodNetwork(podNetworkArgs),
};
