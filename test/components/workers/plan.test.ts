import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { planNode } from '../../../components/workers/plan.ts';
import { standardHost } from '../../../lib/format/host.ts';
import { resolved } from '../../config/support.ts';
import { expectGoldens, planTexts } from '../../lib/format/golden.ts';
import { nodeArgs, plans, settings } from '../../lib/format/samples.ts';

const kubelet = (plan = plans.workers) => parse(plan?.files['/var/lib/kubelet/config.yaml']?.content ?? '');
/** The machine of the samples as a controller that is a node. */
const asController = { controllers: settings.workers, workers: [] };
const onStandardHost = planNode({
  ...nodeArgs,
  config: resolved({ ...settings, ...asController, controllersAsNodes: true, upstreamNameservers: ['192.0.2.53'] }),
  host: standardHost,
  imageMirror: undefined,
  labels: { 'example.com/rack': 'a1' },
  kubectl: false,
});

describe('planNode', () => {
  it('renders what test/golden/workers shows for a machine of the lab', () => {
    expectGoldens('workers', planTexts(planNode(nodeArgs)));
  });

  it('renders what test/golden/workers.standard-host shows for a controller of its own kernel that is a node', () => {
    expectGoldens('workers.standard-host', planTexts(onStandardHost));
  });

  it('lets nobody in without a certificate or a token that the API server vouches for', () => {
    const { authentication, authorization, readOnlyPort } = kubelet();
    expect(authentication.anonymous.enabled).toBe(false);
    expect(authentication.webhook.enabled).toBe(true);
    expect(authentication.x509.clientCAFile).toBe('/var/lib/kubelet/pki/ca.crt');
    expect(authorization.mode).toBe('Webhook');
    expect(readOnlyPort).toBe(0);
  });

  it('asks for no lower OOM score anywhere where the machine may not', () => {
    const texts = Object.values(plans.workers?.files ?? {}).map((file) => file.content);
    expect(texts.filter((content) => content.includes('OOMScoreAdjust'))).toEqual([]);
    expect(kubelet().oomScoreAdj).toBe(0);
    expect(plans.workers?.files['/etc/containerd/config.toml']?.content).toContain('restrict_oom_score_adj = true');
  });

  it('keeps the same cgroup driver in kubelet and containerd', () => {
    const toml = (plan = plans.workers) => plan?.files['/etc/containerd/config.toml']?.content;
    expect([kubelet().cgroupDriver, toml()?.includes('SystemdCgroup = false')]).toEqual(['cgroupfs', true]);
    expect([kubelet(onStandardHost).cgroupDriver, toml(onStandardHost)?.includes('SystemdCgroup = true')]).toEqual([
      'systemd',
      true,
    ]);
  });

  it("never gives pods the machine's resolv.conf", () => {
    expect(kubelet().resolvConf).toBe('/etc/kubernetes/resolv.conf');
    expect(planNode(nodeArgs).files['/etc/kubernetes/resolv.conf']).toBeDefined();
  });

  it('sends kubelet and kube-proxy through the address of the API it was given', () => {
    for (const path of ['/etc/kubernetes/kubelet.conf', '/etc/kubernetes/kube-proxy.conf']) {
      const config = parse(plans.workers?.files[path]?.content ?? '');
      expect(config.clusters[0].cluster.server).toBe('https://10.89.0.10:6443');
    }
  });

  it('leaves swap of a shared kernel alone', () => {
    expect(plans.workers?.preStart?.filter((line) => line.includes('swap'))).toEqual([]);
    expect(kubelet().failSwapOn).toBe(false);
    expect(onStandardHost.preStart).toContain('swapoff --all');
    expect(kubelet(onStandardHost).failSwapOn).toBeUndefined();
  });
});
