import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { workerFiles } from '../../../components/workers/files.ts';
import { standardHost } from '../../../lib/format/host.ts';
import { expectGoldens, planTexts } from '../../lib/format/golden.ts';
import { plans, workerArgs } from '../../lib/format/samples.ts';

const kubelet = (plan = plans.workers) => parse(plan?.files['/var/lib/kubelet/config.yaml']?.content ?? '');
const onStandardHost = workerFiles({
  ...workerArgs,
  host: standardHost,
  upstreamNameservers: ['192.0.2.53'],
  imageMirror: undefined,
  labels: { 'example.com/rack': 'a1' },
  taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
  kubectl: false,
});

describe('workerFiles', () => {
  it('renders what test/golden/workers shows for a machine of the lab', () => {
    expectGoldens('workers', planTexts(workerFiles(workerArgs)));
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

  it("never gives pods the machine's resolv.conf unless told to", () => {
    expect(kubelet().resolvConf).toBe('/etc/kubernetes/resolv.conf');
    const asHost = workerFiles({ ...workerArgs, upstreamNameservers: 'host', hostResolvConf: '/run/real.conf' });
    expect(kubelet(asHost).resolvConf).toBe('/run/real.conf');
    expect(asHost.files['/etc/kubernetes/resolv.conf']).toBeUndefined();
  });

  // Read by containerd 2.3.7's own code: with a server, docker.io falls back to https://docker.io/v2, which serves no images.
  it('leaves the way past the mirror to containerd, which alone knows the address behind docker.io', () => {
    const registries = ['docker.io', 'quay.io', 'registry.k8s.io'];
    const { files } = workerFiles({ ...workerArgs, imageMirror: { url: 'http://10.89.0.1:5000', registries } });
    const texts = registries.map((name) => files[`/etc/containerd/certs.d/${name}/hosts.toml`]?.content ?? '');
    for (const text of texts) {
      expect(text).toContain('[host."http://10.89.0.1:5000"]');
      expect(text).not.toMatch(/^server/m);
    }
  });

  it('sends kubelet and kube-proxy through the address of the API it was given', () => {
    for (const path of ['/etc/kubernetes/kubelet.conf', '/etc/kubernetes/kube-proxy.conf']) {
      const config = parse(plans.workers?.files[path]?.content ?? '');
      expect(config.clusters[0].cluster.server).toBe('https://10.89.0.10:6443');
    }
  });

  it('leaves swap of a shared kernel alone', () => {
    expect(plans.workers?.settle?.filter((line) => line.includes('swap'))).toEqual([]);
    expect(kubelet().failSwapOn).toBe(false);
    expect(onStandardHost.settle).toContain('swapoff --all');
    expect(kubelet(onStandardHost).failSwapOn).toBeUndefined();
  });
});

describe('the settle lines for services that turn swap on', () => {
  const lines = onStandardHost.settle?.filter((line) => line.includes('disable --now')) ?? [];

  it('turn those off that are enabled, before swap itself', () => {
    const folder = mkdtempSync(join(tmpdir(), 'swap-'));
    try {
      const systemctl = '#!/bin/sh\necho "$*" >>"$LOG"\n[ "$1" != is-enabled ] || [ "$3" = zramswap.service ]\n';
      writeFileSync(join(folder, 'systemctl'), systemctl, { mode: 0o755 });
      const log = join(folder, 'log');
      execFileSync('sh', ['-euc', lines.join('\n')], { env: { PATH: `${folder}:${process.env.PATH}`, LOG: log } });
      const done = readFileSync(log, 'utf8').split('\n');
      expect(done.filter((call) => call.startsWith('disable'))).toEqual(['disable --now --quiet zramswap.service']);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const settle = onStandardHost.settle ?? [];
    expect(Math.max(...lines.map((line) => settle.indexOf(line)))).toBeLessThan(settle.indexOf('swapoff --all'));
  });
});

describe('the settle line for fstab', () => {
  const line = onStandardHost.settle?.find((one) => one.includes('/etc/fstab')) ?? '';
  const fstab = [
    '# /etc/fstab: static file system information.',
    'UUID=1 / ext4 errors=remount-ro 0 1',
    '/swapfile none swap sw 0 0',
    'UUID=2\tnone\tswap\tsw\t0\t0',
    '# /old none swap sw 0 0',
    '/dev/sdb1 /srv/swap ext4 defaults 0 2',
    '',
  ].join('\n');

  it('makes comments of the swap lines alone, and only once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fstab-'));
    try {
      const path = join(folder, 'fstab');
      writeFileSync(path, fstab);
      for (const _ of [1, 2]) execFileSync('sh', ['-euc', line.replaceAll('/etc/fstab', path)]);
      expect(readFileSync(path, 'utf8').split('\n')).toEqual([
        '# /etc/fstab: static file system information.',
        'UUID=1 / ext4 errors=remount-ro 0 1',
        '# hardway, swap is off: /swapfile none swap sw 0 0',
        '# hardway, swap is off: UUID=2\tnone\tswap\tsw\t0\t0',
        '# /old none swap sw 0 0',
        '/dev/sdb1 /srv/swap ext4 defaults 0 2',
        '',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
