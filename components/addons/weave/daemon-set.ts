import type * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { scriptLines } from '../../../lib/format/script.ts';

/** Arguments of {@link weavePod}. */
export interface WeavePodArgs {
  /** References of the two images, of one version. */
  readonly images: { readonly kube: string; readonly npc: string };
  /** Version of the images, without `v`. */
  readonly version: string;
  /** Range that Weave Net hands out, e.g. `10.200.0.0/16`: the cluster's pods', never its own default. */
  readonly podCidr: string;
  /** MTU of the pods' links, in bytes, 576 to 65535; 0 leaves it to Weave Net. */
  readonly mtu: number;
  /** Name of the Secret whose key `password` encrypts the traffic between machines. Default: it is not encrypted. */
  readonly passwordSecret?: pulumi.Input<string>;
  /** `auto`: each peer uses openvswitch where its machine's kernel has it. */
  readonly fastDatapath: 'auto' | 'on' | 'off';
  /** Whether network policies are enforced. */
  readonly networkPolicy: boolean;
  /** Whether callers from outside keep their address where a Service's externalTrafficPolicy is Local. */
  readonly noMasqueradeLocal: boolean;
  /** The iptables of the machines, which kube-proxy uses too. */
  readonly iptablesBackend: 'nft' | 'legacy';
}

type Container = k8s.types.input.core.v1.Container;

/** Where Weave Net answers on each machine, to that machine alone. */
const WEAVE_API_PORT = 6784;

const hostPaths = {
  weavedb: { path: '/var/lib/weave' },
  'cni-bin': { path: '/opt' },
  'cni-bin2': { path: '/home' },
  'cni-conf': { path: '/etc' },
  dbus: { path: '/var/lib/dbus' },
  'lib-modules': { path: '/lib/modules' },
  'xtables-lock': { path: '/run/xtables.lock', type: 'FileOrCreate' },
} as const;

const mounts = [
  { name: 'weavedb', mountPath: '/weavedb' },
  { name: 'cni-bin', mountPath: '/host/opt' },
  { name: 'cni-bin2', mountPath: '/host/home' },
  { name: 'cni-conf', mountPath: '/host/etc' },
  { name: 'dbus', mountPath: '/host/var/lib/dbus' },
  { name: 'lib-modules', mountPath: '/lib/modules', readOnly: true },
  { name: 'xtables-lock', mountPath: '/run/xtables.lock' },
];

const resources = { requests: { cpu: '50m', memory: '100Mi' } };
const securityContext = { privileged: true };
const nodeName = { name: 'HOSTNAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } };
const variable = (name: string, value: string) => ({ name, value });

/** `auto` is decided on each machine when its peer starts; peers with and without talk to each other. */
const start = {
  on: 'exec /home/weave/launch.sh',
  off: 'export WEAVE_NO_FASTDP=1; exec /home/weave/launch.sh',
  auto: '[ -e /sys/module/openvswitch ] || modprobe -q openvswitch 2>/dev/null || export WEAVE_NO_FASTDP=1; exec /home/weave/launch.sh',
} as const;

function weaveContainer(args: WeavePodArgs): Container {
  return {
    name: 'weave',
    image: args.images.kube,
    command: ['sh', '-c', start[args.fastDatapath]],
    env: [
      nodeName,
      variable('IPALLOC_RANGE', args.podCidr),
      variable('IPTABLES_BACKEND', args.iptablesBackend),
      variable('EXPECT_NPC', args.networkPolicy ? '1' : '0'),
      variable('WEAVE_VERSION', args.version),
      // Told from 2.7 on that another container has done the plugin.
      variable('INIT_CONTAINER', 'true'),
      // Else it asks its former publisher for news.
      variable('CHECKPOINT_DISABLE', '1'),
      ...(args.mtu === 0 ? [] : [variable('WEAVE_MTU', String(args.mtu))]),
      ...(args.noMasqueradeLocal ? [variable('NO_MASQ_LOCAL', '1')] : []),
      ...(args.passwordSecret === undefined
        ? []
        : [
            {
              name: 'WEAVE_PASSWORD',
              valueFrom: { secretKeyRef: { name: args.passwordSecret, key: 'password' } },
            },
          ]),
    ],
    readinessProbe: {
      httpGet: { host: '127.0.0.1', path: '/status', port: WEAVE_API_PORT },
      periodSeconds: 2,
      failureThreshold: 3,
    },
    resources,
    securityContext,
    volumeMounts: mounts,
  };
}

/** The pod of the DaemonSet. Its labels are the caller's. */
export function weavePod(args: WeavePodArgs, account: pulumi.Input<string>): k8s.types.input.core.v1.PodSpec {
  const npc: Container = {
    name: 'weave-npc',
    image: args.images.npc,
    // By default it logs every pod in full.
    env: [nodeName, variable('IPTABLES_BACKEND', args.iptablesBackend), variable('EXTRA_ARGS', '--log-level=info')],
    resources,
    securityContext,
    volumeMounts: [{ name: 'xtables-lock', mountPath: '/run/xtables.lock' }],
  };
  return {
    serviceAccountName: account,
    hostNetwork: true,
    hostPID: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
    priorityClassName: 'system-node-critical',
    tolerations: [
      { effect: 'NoSchedule', operator: 'Exists' },
      { effect: 'NoExecute', operator: 'Exists' },
    ],
    initContainers: [
      {
        name: 'weave-init',
        image: args.images.kube,
        command:
          args.version === '2.6.5'
            ? ['sh', '-ec', scriptLines(import.meta.dirname, 'install-plugin.sh').join('\n')]
            : ['/home/weave/init.sh'],
        env: [
          variable('WEAVE_VERSION', args.version),
          variable('IPTABLES_BACKEND', args.iptablesBackend),
          variable('EXPECT_NPC', args.networkPolicy ? '1' : '0'),
        ],
        securityContext,
        volumeMounts: mounts.filter(({ name }) => !['weavedb', 'dbus'].includes(name)),
      },
    ],
    containers: [weaveContainer(args), ...(args.networkPolicy ? [npc] : [])],
    volumes: Object.entries(hostPaths).map(([name, hostPath]) => ({ name, hostPath })),
  };
}
