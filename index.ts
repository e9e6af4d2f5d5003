/**
 * hardway: plain Linux machines in, a Kubernetes cluster out. This file is the wiring diagram: the rooms in the order
 * data flows, and the stack's outputs. Each room is a folder under `components/`.
 */
import * as pulumi from '@pulumi/pulumi';
import { readLock } from './artifacts/lock.ts';
import { Addons } from './components/addons/index.ts';
import { ControlPlane } from './components/control-plane/index.ts';
import { Etcd } from './components/etcd/index.ts';
import { LoadBalancer } from './components/load-balancer/index.ts';
import { cloudOf } from './components/machines/cloud.ts';
import { imageReference } from './components/machines/images.ts';
import { Machines } from './components/machines/index.ts';
import { machineOutputs, nodeOutputs, sshOutput } from './components/machines/outputs.ts';
import { Pki } from './components/pki/index.ts';
import { PodNetwork } from './components/pod-network/index.ts';
import { Workers } from './components/workers/index.ts';
import { readHostRecord } from './config/host-record.ts';
import { loadConfig } from './config/load.ts';

const lock = readLock();
const config = loadConfig(lock);
const { derived } = config;

const room = new Machines('machines', {
  config,
  lock,
  cloud: await cloudOf(config),
  record: readHostRecord(config.stack),
});
const controllers = room.named(derived.controllerMachines);

const pki = new Pki('pki', { config, machines: room.all, apiServerCertSans: room.apiServerCertSans });

const etcd = new Etcd('etcd', {
  config,
  members: room.named(derived.etcdMachines),
  authority: pki.authority('etcd'),
  certificates: (name) => pki.member(name),
});

const controlPlane = new ControlPlane('control-plane', {
  config,
  controllers,
  etcdEndpoints: etcd.endpoints,
  certificates: pki.controlPlane(),
  encryptionKey: pki.encryptionKey,
});

const loadBalancer = new LoadBalancer('load-balancer', {
  machines: room.named(derived.loadBalancerMachines),
  controllers,
  authority: pki.authority('kubernetes'),
  controlPlaneEndpoint: derived.controlPlaneEndpoint,
  controlPlaneVip: derived.controlPlaneVip,
  externalEndpoint: room.externalEndpoint,
  apiServers: controlPlane.apiServers,
  after: room.endpointDependsOn,
});

if (config.cni === 'bridge') {
  new PodNetwork('pod-network', { config, machines: room.all, routed: room.routesPods });
}

const workers = new Workers('workers', {
  config,
  nodes: room.named(derived.nodeMachines),
  observer: controllers[0],
  certificates: (name) => pki.node(name),
  pauseImage: imageReference(config, lock, 'pause'),
  imageMirror: room.imageMirror,
  after: controlPlane.roles,
  deletedWith: controlPlane,
});

const adminKubeconfig = pki.adminKubeconfig(config.clusterName, loadBalancer.endpoint);

const addons = new Addons('addons', {
  config,
  kubeconfig: adminKubeconfig,
  kubeletClientUser: pki.userOf('kube-apiserver-kubelet-client'),
  corednsImage: imageReference(config, lock, 'coredns'),
  weaveImages: { kube: imageReference(config, lock, 'weave-kube'), npc: imageReference(config, lock, 'weave-npc') },
  nodeRoles: workers.rolesByNode,
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
/** The pod network, and whether it enforces network policies. */
export const podNetwork = { name: config.cni, enforcesPolicies: config.cni === 'weave' && config.weaveNetworkPolicy };
/** Where the machines come from. */
export const machineSource = config.machines;
/** How to log in to the machines; a secret. */
export const ssh = sshOutput(room.all);
/** When each certificate ends, RFC 3339. */
export const certificateExpiry = pulumi.all(pki.expires);
/** How to reach the cluster. */
export const howToReach = pulumi.interpolate`kubectl --kubeconfig ./kubeconfig get nodes   # the API is ${endpoint}`;
