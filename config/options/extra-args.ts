/** The configuration keys for what has no key of its own: further flags and fields of the programs. */
import { z } from 'zod';
import { option } from './option.ts';
import { withMessages } from './schemas.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** Flags of a program by name. */
const extraArgs = withMessages(z.record(z.string(), z.union([scalar, z.array(z.union([z.string(), z.number()]))])), {
  rule: 'must be a mapping of flags to texts, numbers, true or false, or lists of texts',
  fix: 'Write it like {event-ttl: 2h, v: 2}.',
});

/** Fields of a configuration by name; their values are the program's to read. */
const extraConfig = withMessages(z.record(z.string(), z.json()), {
  rule: 'must be a mapping of fields to values',
  fix: 'Write it like {maxPods: 200}.',
});

const reference = 'https://kubernetes.io/docs/reference/command-line-tools-reference';

/** The description of every option for flags. */
const flagsOf = (program: string): string =>
  `Further flags of ${program}, as a mapping of name (without dashes) to value: a text, a number, true or false, or a list of texts, which is joined by commas. Only flags that its version knows; not those that hardway sets itself, except a few that are safe to change. They are visible in the unit: no secrets.`;

/** The description of every option for fields. */
const fieldsOf = (kind: string): string =>
  `Further fields of ${kind}, as a mapping of name to value. Only fields that its version knows; not those that hardway sets itself, except a few that are safe to change, which are replaced as a whole.`;

/** The keys, in the order a reader wants them. */
export const extraArgsOptions = {
  apiServerExtraArgs: option(extraArgs, {}, flagsOf('kube-apiserver'), `${reference}/kube-apiserver/`, {
    example: { 'event-ttl': '2h', v: 4 },
  }),
  controllerManagerExtraArgs: option(
    extraArgs,
    {},
    flagsOf('kube-controller-manager'),
    `${reference}/kube-controller-manager/`,
    { example: { 'node-monitor-grace-period': '60s' } },
  ),
  schedulerExtraArgs: option(extraArgs, {}, flagsOf('kube-scheduler'), `${reference}/kube-scheduler/`, {
    example: { v: 4 },
  }),
  kubeletExtraArgs: option(extraArgs, {}, flagsOf('the kubelet'), `${reference}/kubelet/`, { example: { v: 4 } }),
  kubeletExtraConfig: option(
    extraConfig,
    {},
    fieldsOf('KubeletConfiguration'),
    'https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/',
    { example: { maxPods: 200 } },
  ),
  kubeProxyExtraArgs: option(
    extraArgs,
    {},
    `${flagsOf('kube-proxy')} Those of its log alone: it has a configuration file, and ignores the others.`,
    `${reference}/kube-proxy/`,
    { example: { v: 4 } },
  ),
  kubeProxyExtraConfig: option(
    extraConfig,
    {},
    fieldsOf('KubeProxyConfiguration'),
    'https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/',
    { example: { conntrack: { maxPerCore: 65_536 } } },
  ),
  etcdExtraArgs: option(extraArgs, {}, flagsOf('etcd'), 'https://etcd.io/docs/v3.6/op-guide/configuration/', {
    example: { 'auto-compaction-retention': '12h' },
  }),
  containerdExtraArgs: option(extraArgs, {}, flagsOf('containerd'), 'https://containerd.io/docs/', {
    example: { 'log-level': 'debug' },
  }),
} as const;
