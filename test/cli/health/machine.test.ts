import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const source = readFileSync(join(import.meta.dirname, '../../../cli/health/machine.sh'), 'utf8');
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hardway-look-'));
  put('var/lib/hardway/etcd/pending', '');
  put('var/lib/hardway/etcd/units', 'etcd.service\n');
  put('etc/etcd/etcdctl.env', 'export ETCDCTL_ENDPOINTS=https://10.0.0.20:2379\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
}

const program = (name: string, text: string): void => put(`bin/${name}`, `#!/bin/sh\n${text}\n`, 0o755);

/** Runs it as a machine would. */
function look({ api = false, etcd = false }): string[] {
  const script = source
    .replaceAll('__API_SERVER__', String(api))
    .replaceAll('__ETCD__', String(etcd))
    .replaceAll('__ADDRESS__', '10.0.0.20');
  const env = { ROOT: root, PATH: `${root}/bin:${process.env.PATH}` };
  const { status, stdout } = spawnSync('sh', ['-eu'], { input: script, env, encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout.split('\n').filter(Boolean);
}

describe('the look at a machine', () => {
  it('is silent where all runs', () => {
    program('systemctl', 'echo active');
    expect(look({})).toEqual([]);
  });

  it('names unfinished roles and units that do not run', () => {
    put('var/lib/hardway/node/pending', '/etc/systemd/system/kubelet.service\n');
    put('var/lib/hardway/node/units', 'kubelet.service\nkube-proxy.service\n');
    program('systemctl', 'case $2 in kubelet.service) echo failed; exit 3 ;; *) echo active ;; esac');
    expect(look({})).toEqual(['unfinished node', 'unit kubelet.service failed']);
  });

  it('is silent on a machine that has nothing', () => {
    rmSync(join(root, 'var'), { recursive: true });
    expect(look({})).toEqual([]);
  });

  it('says which part of an API server is not ready, and asks past every proxy', () => {
    program('systemctl', 'echo active');
    program('curl', `echo "$*" >${root}/asked; printf '[+]ping ok\\n[-]etcd failed: no\\nreadyz check failed\\n'`);
    expect(look({ api: true })).toEqual(['apiserver [-]etcd failed: no readyz check failed ']);
    expect(readFileSync(join(root, 'asked'), 'utf8')).toContain('--noproxy *');
    program('curl', 'echo "curl: (7) Failed to connect" >&2; exit 7');
    expect(look({ api: true })).toEqual(['apiserver curl: (7) Failed to connect ']);
    program('curl', "printf '[+]ping ok\\nreadyz check passed\\n'");
    expect(look({ api: true })).toEqual([]);
  });

  it("hands on etcd's answers without its log", () => {
    program('systemctl', 'echo active');
    program(
      'etcdctl',
      `[ -n "$ETCDCTL_ENDPOINTS" ] || exit 9
case "$*" in
  *"member list"*) echo '{"header":{},"members":[]}' ;;
  *) echo '{"level":"warn","msg":"retrying"}' >&2; echo '[{"health":false}]'; echo 'Error: unhealthy cluster' >&2; exit 1 ;;
esac`,
    );
    expect(look({ etcd: true })).toEqual(['member {"header":{},"members":[]}', 'endpoint [{"health":false}]']);
    program('etcdctl', 'echo \'{"level":"warn"}\' >&2; echo "Error: context deadline exceeded" >&2; exit 1');
    const silent = 'etcd Error: context deadline exceeded';
    expect(look({ etcd: true })).toEqual([silent, silent]);
  });

  it('says where there is no etcd', () => {
    program('systemctl', 'echo active');
    rmSync(join(root, 'etc/etcd/etcdctl.env'));
    expect(look({ etcd: true })).toEqual(['etcd is not installed here']);
  });
});
