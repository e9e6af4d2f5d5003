import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requireNetwork } from '../../../lib/format/network-mark.ts';
import { weaveRequirements } from '../../../lib/format/weave-host.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-needs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs lines with programs in place of the machine's: each answers with the given script. */
function run(lines: readonly string[], programs: Readonly<Record<string, string>>) {
  const bin = join(mkdtempSync(join(folder, 'bin-')));
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const result = spawnSync('sh', ['-eu'], { input: lines.join('\n'), env: { PATH: `${bin}:/usr/bin:/bin` } });
  return { status: result.status, said: result.stderr.toString() };
}

const needs = { fastDatapath: 'auto', networkPolicy: true, iptablesBackend: 'nft' } as const;
const whole = { unshare: 'exit 0', modprobe: 'exit 1', iptables: 'echo "iptables v1.8.9 (nf_tables)"' };
const machineIdAside = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('[ -s /etc/machine-id'));

describe('what Weave Net asks of a machine', () => {
  it('is quiet where everything is there', () => {
    expect(run(machineIdAside(weaveRequirements(needs)), whole)).toEqual({ status: 0, said: '' });
  });

  it('names the missing feature, and all that are missing at once', () => {
    const lacking = {
      ...whole,
      unshare: 'case "$*" in *veth*|*ipset*) echo "Operation not supported" >&2; exit 2;; esac',
    };
    const { status, said } = run(machineIdAside(weaveRequirements(needs)), lacking);
    expect(status).toBe(1);
    expect(said).toContain(
      'Weave Net needs what this machine lacks: links of type veth (CONFIG_VETH): Operation not supported',
    );
    expect(said).toContain('address sets (ip_set_hash_ip)');
    expect(said).not.toContain('MASQUERADE');
    expect(said).toContain('Nothing was changed.');
  });

  it('asks for address sets only where policies are enforced', () => {
    const text = weaveRequirements({ ...needs, networkPolicy: false }).join('\n');
    expect(text).not.toContain('ipset');
  });

  it('wants the iptables that kube-proxy uses', () => {
    const legacy = { ...whole, iptables: 'echo "iptables v1.8.9 (legacy)"' };
    const { status, said } = run(machineIdAside(weaveRequirements(needs)), legacy);
    expect(status).toBe(1);
    expect(said).toContain('set hardway:weaveIptablesBackend to legacy');
    expect(run(machineIdAside(weaveRequirements({ ...needs, iptablesBackend: 'legacy' })), legacy).status).toBe(0);
  });
});

describe('a node that was made with another pod network', () => {
  const lines = (mark: string, wanted: 'weave' | 'bridge') =>
    requireNetwork(wanted).map((line) => line.replaceAll('/etc/hardway/pod-network', mark));

  it('is refused, with how to migrate, and left alone where nothing changes', () => {
    const mark = join(folder, 'mark');
    expect(run(lines(mark, 'weave'), {}).status).toBe(0);
    writeFileSync(mark, 'bridge\n');
    expect(run(lines(mark, 'bridge'), {}).status).toBe(0);
    const { status, said } = run(lines(mark, 'weave'), {});
    expect(status).toBe(1);
    expect(said).toContain('hardway:cni is "weave", and the cluster runs on "bridge"');
    expect(said).toContain('make down, make up');
  });
});
