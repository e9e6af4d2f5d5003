/**
 * hardway: plain Linux machines in, a Kubernetes cluster out. This file is the wiring diagram: the components in the
 * order data flows, and the stack's outputs. Each component is a folder under `components/`.
 */
import * as pulumi from '@pulumi/pulumi';
import { readLock } from './artifacts/lock.ts';
import { Addons } from './components/addons/index.ts';
import { ControlPlane } from './components/control-plane/index.ts';
import { keepCreationSettings } from './components/creation-record.ts';
import { Etcd } from './components/etcd/index.ts';
import { LoadBalancer } from './components/load-balancer/index.ts';
import { cloudOf } from './components/machines/cloud.ts';
import { imageReference } from './components/machines/images.ts';
import { Machines } from './components/machines/index.ts';
import { machineOutputs, nodeOutputs, sshOutput } from './components/machines/outputs.ts';
import { Pki } from './components/pki/index.ts';
import { ObsoleteRoutes, PodNetwork } from './components/pod-network/index.ts';
import { Workers } from './components/workers/index.ts';
import { shownSettings } from './config/changes/settings.ts';
import { readHostRecord } from './config/host-record.ts';
import { loadConfig, loadLeftOut } from './config/load.ts';
import { missingMachines } from './lab/missing.ts';
import { sourcesDigest } from './lib/sources.ts';

const lock = readLock();
const config = loadConfig(lock);
const { derived } = config;
const { created, clusterId } = await keepCreationSettings(config);
/** What the cluster was created with, and what no update may change. */
export const createdWith = created;

/** Machines that do not answer: this update leaves them as they are. */
export const leftOut = loadLeftOut(config);

const names = config.machinesList.map(({ name }) => name);
const pool = new Machines('machines', {
  config,
  lock,
  cloud: await cloudOf(config),
  record: readHostRecord(config.stack),
  missing: config.machines === 'lab' ? await missingMachines(config.labName, names) : [],
  leftOut,
});
const controllers = pool.named(derived.controllerMachines);

const pki = new Pki('pki', { config, apiServerCertSans: pool.apiServerCertSans });

/** What a snapshot is compared with before it is restored. */
export const backupIdentity = pulumi.all([clusterId, pki.encryptionFingerprint]).apply(([id, fingerprint]) => ({
  cluster: `${config.stack}/${config.clusterName}/${id}`,
  encryption: `${config.encryptionProvider} ${fingerprint}`,
}));

const etcd = new Etcd('etcd', {
  config,
  members: pool.named(derived.etcdMachines),
  identity: backupIdentity,
  certificates: (name) => pki.certificatesOf('etcd', name),
});

const controlPlane = new ControlPlane('control-plane', {
  config,
  controllers,
  etcdEndpoints: etcd.endpoints,
  certificates: (name) => pki.certificatesOf('control-plane', name),
  encryptionKey: pki.encryptionKey,
});

const loadBalancer = new LoadBalancer('load-balancer', {
  machines: pool.named(derived.loadBalancerMachines),
  controllers,
  authority: pki.authorities.kubernetes.certificate,
  certificates: (name) => pki.certificatesOf('load-balancer', name),
  controlPlaneEndpoint: derived.controlPlaneEndpoint,
  vip: derived.controlPlaneVip,
  externalEndpoint: pool.externalEndpoint,
  apiServers: controlPlane.apiServers,
  dependsOn: pool.endpointDependsOn,
});

const workers = new Workers('workers', {
  config,
  nodes: pool.named(derived.nodeMachines),
  observer: controllers[0],
  certificates: (name) => pki.certificatesOf('node', name),
  pauseImage: imageReference(config, lock, 'pause'),
  imageMirror: pool.imageMirror,
  dependsOn: controlPlane.roles,
  deletedWith: controlPlane,
});

if (config.cni === 'bridge') {
  const podNetwork = new PodNetwork('pod-network', { config, machines: pool.all, routed: pool.routesPods });
  new ObsoleteRoutes(
    'obsolete-routes',
    { config, machines: pool.all, podNetwork, left: workers.left },
    { parent: podNetwork },
  );
}

const adminKubeconfig = pki.adminKubeconfig(config.clusterName, loadBalancer.endpoint);

const addons = new Addons('addons', {
  config,
  clusterIdentifier: createdWith.addonsIdentifier,
  kubeconfig: adminKubeconfig,
  kubeletClientUser: pki.userOf('kube-apiserver-kubelet-client'),
  corednsImage: imageReference(config, lock, 'coredns'),
  weaveImages: { kube: imageReference(config, lock, 'weave-kube'), npc: imageReference(config, lock, 'weave-npc') },
  leftOut,
  nodesRegistered: workers.registered,
  observer: controllers[0],
  deletedWith: controlPlane,
});

/** The administrator's kubeconfig through the load balancer; a secret. */
export const kubeconfig = adminKubeconfig;
/** Where the API answers. */
export const endpoint = loadBalancer.endpoint;
export const { clusterName, clusterDomain, serviceCidr, podCidr } = config;
export const { dnsServiceAddress } = derived;
/** The nodes, known once all of them are ready, and every machine, with role and address. */
export const nodes = nodeOutputs(config, addons.afterPodNetwork(workers.nodes));
export const machines = machineOutputs(config);
/** A value that the stack has once an update has finished; a failed one leaves that of the update before. */
const onceFinished = <T>(value: T) =>
  pulumi.all([etcd.endpoints, controlPlane.apiServers, addons.afterPodNetwork(workers.nodes)]).apply(() => value);
/** What every machine runs: the versions that the next update is compared with. */
export const versions = onceFinished({ kubernetes: config.kubernetesVersion, etcd: config.etcdVersion });
/** The options without secrets: what a later update names as changed. */
export const settings = onceFinished(shownSettings(config));
/** Digest of the program that made it: another one may want other files on machines. */
export const program = onceFinished(sourcesDigest(import.meta.dirname));
/** The pod network, and whether it enforces network policies. */
export const podNetwork = { name: config.cni, enforcesPolicies: config.cni === 'weave' && config.weaveNetworkPolicy };
/** How the addresses of services work on the nodes; with "none" it is another data plane's part. */
export const { kubeProxyMode } = config;
/** Where the machines come from. */
export const machineSource = config.machines;
/** How to log in to the machines; a secret. */
export const ssh = sshOutput(pool.all);
/** When each certificate ends, RFC 3339. */
export const certificateExpiry = pulumi.all(pki.expires);
/** How to reach the cluster. */
export const howToReach = pulumi.interpolate`kubectl --kubeconfig ./kubeconfig get nodes   # the API is ${endpoint}`;
