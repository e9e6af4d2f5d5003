import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Context } from '../../smoke/context.ts';
import { Kubectl } from '../../smoke/kubectl.ts';
import { type ClusterOutputs, policyWarning } from '../../smoke/outputs.ts';
import { allChecks, runSmoke } from '../../smoke/run.ts';
import { Vantage } from '../../smoke/vantage.ts';
import { MachineSsh } from '../../ssh/machines.ts';
import { clusterOutputs } from './cluster.ts';

/** A kubectl that writes down what it was asked, refuses to create anything, and knows no namespace. */
const fake = `#!/bin/sh
echo "$*" >>"$(dirname "$0")/asked"
case "$*" in *"-f -"*) cat >>"$(dirname "$0")/asked" ;; esac
case "$*" in
  *"get namespaces"*) cat "$(dirname "$0")/namespaces" ;;
  *"delete namespace"*|*"get namespace"*) exit 0 ;;
  *) echo "error: no such cluster" >&2; exit 1 ;;
esac
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fake-kubectl-'));
  await writeFile(join(folder, 'kubectl'), fake);
  await chmod(join(folder, 'kubectl'), 0o755);
  const old = { metadata: { name: 'hardway-smoke-01234567-home', creationTimestamp: '2026-01-01T00:00:00Z' } };
  await writeFile(join(folder, 'namespaces'), JSON.stringify({ items: [old] }));
});
afterEach(() => rm(folder, { recursive: true }));

const contextOf = (outputs: ClusterOutputs): Context => {
  const ssh = new MachineSsh(outputs.ssh);
  return {
    ...{ outputs, kubectl: new Kubectl('none'), ssh, vantage: new Vantage(ssh, outputs), smokeImages: { amd64: 'x' } },
    ...{ namespace: 'run', owner: {}, token: 'x', pods: [] },
  };
};

describe('every check', () => {
  const network = { name: 'weave', enforcesPolicies: true };
  const checks = allChecks(contextOf({ ...clusterOutputs, machineSource: 'hosts', podNetwork: network }));

  it('says what it tried, from where, and what to do', () => {
    expect(checks.length).toBeGreaterThan(18);
    for (const { name, tried, from, fix } of checks) {
      const cure = typeof fix === 'function' ? fix() : fix;
      expect([name, tried, from?.(), cure]).toEqual([
        name,
        expect.stringMatching(/./),
        expect.stringMatching(/^from (here|.+ over SSH)$/),
        expect.stringMatching(/^[A-Z].*\.$/s),
      ]);
    }
  });

  it('asks from here through the API alone, and on machines for the rest', () => {
    const ways = checks.map(({ tried, from }) => ({ tried, way: from?.() }));
    expect(ways.filter(({ way }) => way === 'from here').map(({ tried }) => tried)).not.toContainEqual(
      expect.not.stringMatching(/^kubectl /),
    );
    const machines = ways.filter(({ way }) => way !== 'from here').map(({ tried }) => tried);
    expect(machines).not.toContainEqual(expect.stringMatching(/^kubectl /));
    expect(machines).toContain('GET http://127.0.0.1/healthz');
  });
});

describe('policyWarning', () => {
  const of = (name: string, enforcesPolicies = false) => policyWarning({ podNetwork: { name, enforcesPolicies } });

  it('speaks where the API takes policies and nothing enforces them', () => {
    expect(of('bridge')).toBe(
      'warning: NetworkPolicies are accepted and not enforced on this pod network (bridge): every pod reaches every other. Fix: choose hardway:cni "weave" for a new cluster.',
    );
    expect(of('weave')).toContain('weaveNetworkPolicy');
  });

  it("is silent where they are enforced, or the network is somebody else's", () => {
    expect([of('weave', true), of('none'), policyWarning({})]).toEqual([undefined, undefined, undefined]);
  });
});

describe('runSmoke', () => {
  it('fails red against a cluster that is none, and cleans up after an interruption', async () => {
    const interrupt = new AbortController();
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('hardway-smoke-'));
    const lines: string[] = [];
    const outputs = { ...clusterOutputs, podNetwork: { name: 'bridge', enforcesPolicies: false } };
    const print = (line: string) => lines.push(line);
    // Once the workload has been asked for, as a person would with Ctrl-C: the checks would wait for their minute.
    const askedFor = () => readFile(join(folder, 'asked'), 'utf8').catch(() => '');
    const timer = setInterval(async () => {
      if (/"kind":"Namespace"[\s\S]*"kind":"Service"[\s\S]*\]\}/.test(await askedFor())) interrupt.abort();
    }, 50);
    const kubectl = join(folder, 'kubectl');
    const outcomes = await runSmoke(outputs, {
      print,
      signal: interrupt.signal,
      kubectl,
      privateDir: join(folder, 'tmp'),
    });
    clearInterval(timer);
    expect(outcomes.filter(({ state }) => state === 'passed').map(({ name }) => name)).toEqual([
      'the namespace of this run is removed',
    ]);
    expect(lines.join('\n')).toContain('error: no such cluster');
    expect(lines.slice(0, 3)).toEqual([
      'from here: kubectl, to https://127.0.0.1:1; what is inside the cluster is looked at from its machines over SSH',
      expect.stringMatching(/^warning: NetworkPolicies are accepted and not enforced/),
      'removed what a killed run left: hardway-smoke-01234567-home',
    ]);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    const asked = await askedFor();
    const namespace = /"kind":"Namespace","metadata":\{"name":"(hardway-smoke-[0-9a-f]{8})"/.exec(asked)?.[1];
    expect(namespace).toBeDefined();
    expect(asked).toContain(`delete namespace ${namespace} `);
    expect(asked).toContain('delete namespace hardway-smoke-01234567-home ');
    expect(asked).toMatch(/"annotations":\{"hardway.local\/smoke-owner":/);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('hardway-smoke-'))).toEqual(before);
  });
});
