import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { chainsOf, rulesScript } from '../../../cli/drift/rules.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-rules-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the script prints where the programs print the given chains. */
function missing(programs: Readonly<Record<string, readonly string[]>>): string {
  for (const name of ['iptables-save', 'iptables-legacy-save', 'iptables-nft-save']) {
    const lines = (programs[name] ?? []).map((chain) => `echo '-A INPUT -j ${chain}'`);
    writeFileSync(join(folder, name), ['#!/bin/sh', ...lines, programs[name] ? '' : 'exit 1', ''].join('\n'));
    chmodSync(join(folder, name), 0o755);
  }
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  return spawnSync('sh', ['-eu'], { env, encoding: 'utf8', input: rulesScript(['KUBE-SERVICES', 'WEAVE']) }).stdout;
}

it('finds chains in either kind of iptables', () => {
  expect(missing({ 'iptables-save': ['KUBE-SERVICES'], 'iptables-legacy-save': ['WEAVE'] })).toBe('');
});

it('names those that no rule leads to, and does not take a longer name for one', () => {
  expect(missing({ 'iptables-save': ['KUBE-SERVICES', 'WEAVE-NPC'] })).toBe('WEAVE\n');
  expect(missing({})).toBe('KUBE-SERVICES\nWEAVE\n');
});

it('asks for what the stack has', () => {
  const podNetwork = { name: 'weave', enforcesPolicies: true };
  expect(Object.keys(chainsOf({ podNetwork, kubeProxyMode: 'iptables' }))).toEqual([
    'KUBE-SERVICES',
    'WEAVE',
    'WEAVE-NPC',
  ]);
  expect(chainsOf({ podNetwork: { name: 'bridge', enforcesPolicies: false }, kubeProxyMode: 'nftables' })).toEqual({});
});
