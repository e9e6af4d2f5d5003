import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { packagesFor } from '../../../artifacts/packages.ts';
import { requiredArtifacts } from '../../../artifacts/required.ts';
import { certificateSpecs } from '../../../components/pki/certificates.ts';
import { planNode } from '../../../components/workers/plan.ts';
import { portTable } from '../../../config/ports.ts';
import { resolved } from '../../config/support.ts';
import { nodeArgs, settings } from '../../lib/format/samples.ts';

const withMode = (kubeProxyMode: string) => resolved({ ...settings, kubeProxyMode });
const plan = (mode: string) => planNode({ ...nodeArgs, config: withMode(mode) });
const node = { roles: ['worker'], isNode: true } as const;

describe('kube-proxy in nftables mode', () => {
  it('says so in its configuration, and checks the machine before anything is changed', () => {
    expect(parse(plan('nftables').files['/var/lib/kube-proxy/config.yaml']?.content ?? '').mode).toBe('nftables');
    expect(plan('nftables').require?.join('\n')).toContain('nft add table');
    expect(plan('iptables').require?.join('\n')).not.toContain('nft add table');
  });

  it('has nft on its nodes', () => {
    expect(packagesFor(withMode('nftables'), node)).toContain('nftables');
    expect(packagesFor(withMode('iptables'), node)).not.toContain('nftables');
  });
});

describe('a cluster without kube-proxy', () => {
  const without = plan('none');

  it('has neither its unit, files, binary, health, port nor certificate', () => {
    const all = [
      ...Object.keys(without.files),
      ...Object.keys(without.links),
      ...Object.keys(without.directories ?? {}),
    ];
    expect(all.filter((path) => path.includes('kube-proxy'))).toEqual([]);
    expect(without.services.map(({ unit }) => unit)).toEqual(['containerd.service', 'kubelet.service']);
    expect(without.health).not.toContain('10256');
    expect(requiredArtifacts(node, withMode('none')).map(({ name }) => name)).not.toContain('kube-proxy');
    expect(requiredArtifacts(node, withMode('iptables')).map(({ name }) => name)).toContain('kube-proxy');
    expect(portTable(withMode('none')).filter(({ service }) => service.includes('kube-proxy'))).toEqual([]);
    expect(certificateSpecs(withMode('none')).map(({ id }) => id)).not.toContain('kube-proxy');
  });

  it('keeps the rest of a node as it is', () => {
    const before = plan('iptables');
    const gone = Object.keys(before.files).filter((path) => !(path in without.files));
    expect(gone).toEqual([
      '/etc/kubernetes/kube-proxy.conf',
      '/var/lib/kube-proxy/config.yaml',
      '/etc/systemd/system/kube-proxy.service',
    ]);
    for (const [path, file] of Object.entries(without.files)) expect(file).toEqual(before.files[path]);
  });
});

describe('the rules of a kube-proxy that ran before', () => {
  const script = join(import.meta.dirname, '..', '..', '..', 'components', 'workers', 'no-kube-proxy.sh');
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hardway-proxy-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function run(saved: string) {
    writeFileSync(join(folder, 'iptables-save'), `#!/bin/sh\ncat <<'RULES'\n${saved}RULES\n`, { mode: 0o755 });
    writeFileSync(join(folder, 'iptables-restore'), `#!/bin/sh\ncat >"${folder}/restored"\n`, { mode: 0o755 });
    writeFileSync(join(folder, 'nft'), `#!/bin/sh\necho "$*" >>"${folder}/nft.log"\nexit 1\n`, { mode: 0o755 });
    const { status, stderr } = spawnSync('sh', ['-eu', script], {
      encoding: 'utf8',
      env: { PATH: `${folder}:/usr/bin:/bin` },
    });
    const restored = join(folder, 'restored');
    return { status, stderr, restored: existsSync(restored) ? readFileSync(restored, 'utf8') : undefined };
  }

  it('go, with the jumps to them, and those of others stay', () => {
    const { status, restored } = run(
      [
        '*nat',
        ':PREROUTING ACCEPT [0:0]',
        ':KUBE-SERVICES - [0:0]',
        ':KUBE-SVC-ABC - [0:0]',
        ':KUBE-KUBELET-CANARY - [0:0]',
        ':HARDWAY-EGRESS - [0:0]',
        '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        '-A PREROUTING -j CNI-HOSTPORT-DNAT',
        '-A KUBE-SERVICES -d 10.32.0.1/32 -j KUBE-SVC-ABC',
        '-A HARDWAY-EGRESS -d 10.200.0.0/16 -j RETURN',
        'COMMIT',
        '*filter',
        ':INPUT ACCEPT [0:0]',
        '-A INPUT -j ACCEPT',
        'COMMIT',
        '',
      ].join('\n'),
    );
    expect(status).toBe(0);
    expect(restored).toBe(
      [
        '*nat',
        ':KUBE-SERVICES - [0:0]',
        ':KUBE-SVC-ABC - [0:0]',
        '-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        '-X KUBE-SERVICES',
        '-X KUBE-SVC-ABC',
        'COMMIT',
        '',
      ].join('\n'),
    );
    expect(readFileSync(join(folder, 'nft.log'), 'utf8')).toContain('delete table ip kube-proxy');
  });

  it('are left alone where there are none', () => {
    expect(run('*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n')).toMatchObject({ status: 0, restored: undefined });
  });
});
