import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { nodeReady } from '../../../components/workers/kubelet.ts';
import { nodeArgs } from '../../lib/format/samples.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hardway-ready-'));
  for (const path of ['usr/local/bin', 'etc/cni/net.d']) mkdirSync(join(root, path), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function check(seen: string, { network = true, runtime = true } = {}) {
  const program = (name: string, text: string) =>
    writeFileSync(join(root, 'usr/local/bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program('ctr', `exit ${runtime ? 0 : 1}`);
  program('kubectl', seen === '' ? 'exit 1' : `echo '${seen}'`);
  if (network) writeFileSync(join(root, 'etc/cni/net.d/10-net.conflist'), '');
  const script = nodeReady(nodeArgs)
    .replaceAll('/usr/local', `${root}/usr/local`)
    .replaceAll('/etc/cni', `${root}/etc/cni`);
  const { status, stdout } = spawnSync('sh', ['-uc', script]);
  return [status === 0, stdout.toString().trim()];
}
const version = `v${nodeArgs.config.kubernetesVersion}`;

it('holds for a Ready node with the installed kubelet', () => {
  expect(check(`${version} True`)).toEqual([true, '']);
});

it.each<[string, string, object, string]>([
  ['the node is not Ready', `${version} False`, {}, 'the node is not Ready'],
  ['the kubelet is another', 'v1.2.3 True', {}, 'the API server has the node with kubelet v1.2.3'],
  ['the API server does not answer', '', {}, ''],
  ['containerd does not answer', `${version} True`, { runtime: false }, ''],
])('does not hold where %s', (_, seen, options, said) => {
  expect(check(seen, options)).toEqual([false, said]);
});

it('does not wait for Ready before there is a pod network, which may come as an add-on', () => {
  expect(check(`${version} False`, { network: false })).toEqual([true, '']);
});
