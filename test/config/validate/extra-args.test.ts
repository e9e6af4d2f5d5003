import { describe, expect, it } from '@jest/globals';
import { planControlPlane } from '../../../components/control-plane/plan.ts';
import { planEtcd } from '../../../components/etcd/etcd.ts';
import { planNode } from '../../../components/workers/plan.ts';
import { renderDiagnostics } from '../../../config/diagnostic.ts';
import { controlPlaneArgs, etcdArgs, nodeArgs, settings } from '../../lib/format/samples.ts';
import { parsed, resolved } from '../support.ts';

const odd = { controllers: ['ctl01'] };
const errors = (extra: Record<string, unknown>): string[] =>
  renderDiagnostics(parsed({ ...odd, ...extra }).errors)
    .split('\n')
    .filter((line) => line !== '');
const warnings = (extra: Record<string, unknown>): string => renderDiagnostics(parsed({ ...odd, ...extra }).warnings);

describe('a further flag', () => {
  it('is taken where the program knows it, in each way a value can be written', () => {
    const apiServerExtraArgs = {
      'event-ttl': '2h',
      v: 2,
      'goaway-chance': 0.001,
      'shutdown-send-retry-after': true,
      'disable-admission-plugins': ['PodSecurity', 'Priority'],
    };
    expect(errors({ apiServerExtraArgs })).toEqual([]);
    const config = resolved({ ...settings, apiServerExtraArgs });
    const unit = planControlPlane({ ...controlPlaneArgs, config }).files['/etc/systemd/system/kube-apiserver.service'];
    const lines = unit?.content.split('\n').map((line) => line.trim().replace(/ \\$/, ''));
    expect(lines).toEqual(
      expect.arrayContaining([
        '--disable-admission-plugins=PodSecurity,Priority',
        '--event-ttl=2h',
        '--goaway-chance=0.001',
        '--shutdown-send-retry-after=true',
        '--v=2',
      ]),
    );
    expect(lines?.filter((line) => line.startsWith('--event-ttl='))).toEqual(['--event-ttl=2h']);
  });

  it('lands in the unit of its program and in no other', () => {
    const extra = {
      controllerManagerExtraArgs: { 'node-monitor-period': '7s' },
      schedulerExtraArgs: { 'permit-port-sharing': true },
      kubeletExtraArgs: { 'node-labels': 'example.com/rack=a1' },
      kubeProxyExtraArgs: { v: 3 },
      etcdExtraArgs: { 'heartbeat-interval': 250 },
      containerdExtraArgs: { 'log-level': 'debug' },
    };
    expect(errors(extra)).toEqual([]);
    const config = resolved({ ...settings, ...extra });
    const plans = [
      planControlPlane({ ...controlPlaneArgs, config }),
      planEtcd({ ...etcdArgs, config }),
      planNode({ ...nodeArgs, config }),
    ];
    const units = plans.flatMap(({ files }) =>
      Object.entries(files).flatMap(([path, { content }]) => {
        const name = /systemd\/system\/([\w-]+)\.service$/.exec(path)?.[1];
        return name === undefined ? [] : [[name, content] as const];
      }),
    );
    const holders = (line: string): string[] => units.flatMap(([name, text]) => (text.includes(line) ? [name] : []));
    expect(holders('--node-monitor-period=7s')).toEqual(['kube-controller-manager']);
    expect(holders('--permit-port-sharing=true')).toEqual(['kube-scheduler']);
    expect(holders('--node-labels=example.com/rack=a1')).toEqual(['kubelet']);
    expect(holders('--v=3')).toEqual(['kube-proxy']);
    expect(holders('--heartbeat-interval=250')).toEqual(['etcd']);
    expect(holders('--log-level=debug')).toEqual(['containerd']);
  });

  it.each([
    [
      'that the program does not have, with the nearest',
      { apiServerExtraArgs: { 'evnt-ttl': '2h' } },
      'hardway:apiServerExtraArgs.evnt-ttl = "2h" is not a flag of kube-apiserver 1.36.4. Fix: Did you mean event-ttl?',
    ],
    [
      'of another program',
      { schedulerExtraArgs: { 'node-monitor-period': '7s' } },
      'hardway:schedulerExtraArgs.node-monitor-period = "7s" is not a flag of kube-scheduler 1.36.4. Fix: Remove it.',
    ],
    [
      'with its dashes',
      { etcdExtraArgs: { '--snapshot-count': 5 } },
      'hardway:etcdExtraArgs.--snapshot-count = 5 must not begin with a dash. Fix: Write it as snapshot-count.',
    ],
    [
      'that hardway sets itself',
      { apiServerExtraArgs: { 'bind-address': '127.0.0.1' } },
      'hardway:apiServerExtraArgs.bind-address = "127.0.0.1" is a flag that hardway sets itself. Fix: Remove it.',
    ],
    [
      'that has a key',
      { apiServerExtraArgs: { 'audit-log-maxage': 3 } },
      'hardway:apiServerExtraArgs.audit-log-maxage = 3 is a flag that hardway sets itself. Fix: Set hardway:auditLogMaxAgeDays instead.',
    ],
    [
      'that contradicts what hardway sets',
      { apiServerExtraArgs: { 'anonymous-auth': true } },
      'hardway:apiServerExtraArgs.anonymous-auth = true must not be set: the authentication configuration says who is anonymous. Fix: Remove it.',
    ],
    [
      'that is ignored beside a configuration file',
      { kubeProxyExtraArgs: { 'conntrack-min': 5 } },
      'hardway:kubeProxyExtraArgs.conntrack-min = 5 has no effect: kube-proxy has a configuration file, and ignores it. Fix: Set the field in hardway:kubeProxyExtraConfig instead.',
    ],
    [
      'that is no number',
      { apiServerExtraArgs: { 'max-requests-inflight': 'many' } },
      'hardway:apiServerExtraArgs.max-requests-inflight = "many" must be a whole number. Fix: Write a whole number.',
    ],
    [
      'that is no duration',
      { apiServerExtraArgs: { 'event-ttl': 2 } },
      'hardway:apiServerExtraArgs.event-ttl = 2 must be a duration. Fix: Write it like "30s" or "1h30m".',
    ],
    [
      'that is neither true nor false',
      { apiServerExtraArgs: { profiling: 'yes' } },
      'hardway:apiServerExtraArgs.profiling = "yes" must be true or false. Fix: Write true or false.',
    ],
  ])('is refused %s', (_, extra, message) => {
    expect(errors(extra)).toEqual([message]);
  });

  it('is refused together with all others, not the first alone', () => {
    const extra = { apiServerExtraArgs: { nonsense: 1, 'bind-address': 'x' }, kubeletExtraConfig: { maxPodz: 5 } };
    expect(errors(extra)).toHaveLength(3);
  });

  it('is no list or text by itself', () => {
    for (const value of [['--v=2'], 'v=2', { v: { deep: 1 } }])
      expect(errors({ kubeletExtraArgs: value })[0]).toContain('must be a mapping of flags to');
  });

  it('that is deprecated is taken, with a word', () => {
    expect(errors({ kubeletExtraArgs: { 'max-pods': 200 } })).toEqual([]);
    expect(warnings({ kubeletExtraArgs: { 'max-pods': 200 } })).toBe(
      'hardway:kubeletExtraArgs.max-pods = 200 is deprecated in kubelet. Fix: Set the field in hardway:kubeletExtraConfig instead.',
    );
  });

  it('of a version whose flags are not recorded is not checked, and that is said', () => {
    const extra = { kubernetesVersion: '1.37.1', apiServerExtraArgs: { whatever: 1, 'bind-address': 'x' } };
    expect(errors(extra).filter((line) => line.includes('ExtraArgs'))).toEqual([
      'hardway:apiServerExtraArgs.bind-address = "x" is a flag that hardway sets itself. Fix: Remove it.',
    ]);
    expect(warnings(extra)).toContain('the flags of kubernetes 1.37.1 are not recorded');
  });
});

describe('a further field of a configuration', () => {
  it('is taken, and replaces one of ours where that is safe', () => {
    const extra = {
      kubeletExtraConfig: { maxPods: 200, containerLogMaxSize: '50Mi', featureGates: { X: true } },
      kubeProxyExtraConfig: { conntrack: { maxPerCore: 1 } },
    };
    expect(errors(extra)).toEqual([]);
    const { files } = planNode({ ...nodeArgs, config: resolved({ ...settings, ...extra }) });
    const kubelet = files['/var/lib/kubelet/config.yaml']?.content ?? '';
    expect(kubelet).toContain('\nmaxPods: 200\n');
    expect(kubelet.match(/containerLogMaxSize: .*/g)).toEqual(['containerLogMaxSize: 50Mi']);
    expect(files['/var/lib/kube-proxy/config.yaml']?.content).toContain('conntrack:\n  maxPerCore: 1\n');
  });

  it.each([
    [
      { kubeletExtraConfig: { maxPodz: 5 } },
      'hardway:kubeletExtraConfig.maxPodz = 5 is not a field of KubeletConfiguration 1.36.4. Fix: Did you mean maxPods?',
    ],
    [
      { kubeletExtraConfig: { clusterDNS: ['192.0.2.1'] } },
      'hardway:kubeletExtraConfig.clusterDNS = ["192.0.2.1"] is a field that hardway sets itself. Fix: Set hardway:dnsServiceAddress instead.',
    ],
    [
      { kubeProxyExtraConfig: { mode: 'ipvs' } },
      'hardway:kubeProxyExtraConfig.mode = "ipvs" is a field that hardway sets itself. Fix: Set hardway:kubeProxyMode instead.',
    ],
    [
      { kubeletExtraConfig: { kind: 'Other' } },
      'hardway:kubeletExtraConfig.kind = "Other" is a field that hardway sets itself. Fix: Remove it.',
    ],
  ])('is refused: %j', (extra, message) => {
    expect(errors(extra)).toEqual([message]);
  });
});

describe('kubeProxyMode', () => {
  it('"none" is not for Weave Net, whose pods need a service', () => {
    expect(errors({ cni: 'weave', kubeProxyMode: 'none' })).toEqual([
      'hardway:kubeProxyMode = "none" is not possible with Weave Net, whose pods reach the API at the address of a service. Fix: Choose "iptables" or "nftables", or set hardway:cni to "bridge" or "none".',
    ]);
    expect(errors({ cni: 'bridge', kubeProxyMode: 'none' })).toEqual([]);
  });
});
