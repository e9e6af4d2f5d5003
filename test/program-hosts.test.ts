import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { HostRecord } from '../config/host-record.ts';
import { earlierThan, registered } from './support/graph.ts';
import { runProgram } from './support/program.ts';
import { isSecret, type Registration, reveal } from './support/recorder.ts';
import { keyPair } from './support/ssh-keys.ts';

const COMMAND = 'command:remote:Command';
const cluster = '0123456789abcdef0123456789abcdef';
const seen = (dialled: string, key: string, architecture = 'amd64') => ({
  ...{ dialled, hostKey: `ssh-ed25519 ${key}`, os: 'debian 12', architecture },
  ...{ cgroupVersion: 2 as const, sysResource: true, container: false },
});
const known: HostRecord = {
  cluster,
  hosts: {
    front: seen('192.0.2.10:22', 'AAAAfront'),
    alpha1: seen('192.0.2.20:2222', 'AAAAalpha1'),
    beta1: seen('192.0.2.30:22 through 198.51.100.1:22', 'AAAAbeta1', 'arm64'),
  },
  bastions: { '198.51.100.1:22': 'ssh-ed25519 AAAAbastion' },
};

let all: Registration[] = [];
let folder = '';
const one = (name: string, type = COMMAND): Registration => registered(all, type, name);
const connectionOf = (step: Registration) => reveal(step.inputs.connection) as Record<string, unknown>;
const hosts = ['front', 'alpha1', 'beta1'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-keys-'));
  const keyFile = join(folder, 'key');
  writeFileSync(keyFile, keyPair().private);
  const records = await import('../config/host-record.ts');
  jest.unstable_mockModule('../config/host-record.ts', () => ({ ...records, readHostRecord: () => known }));
  all = await runProgram({
    machines: 'hosts',
    sshUser: 'ops',
    sshKeyFile: keyFile,
    hostKeyPolicy: 'accept-first',
    externalEndpoint: '203.0.113.10',
    hosts: JSON.stringify([
      { name: 'front', roles: ['loadBalancer'], address: '192.0.2.10', hostKey: 'ssh-ed25519 AAAApinned' },
      { name: 'alpha1', roles: ['controller', 'etcd'], address: '192.0.2.20', port: 2222 },
      { name: 'beta1', roles: ['worker'], address: '192.0.2.30', user: 'root', bastion: { address: '198.51.100.1' } },
    ]),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the whole program on machines that exist', () => {
  it('makes no machine, no mirror and no network', () => {
    const local = all.filter((r) => r.type === 'command:local:Command').map(({ name }) => name);
    // Only a look from here at the API.
    expect(local).toEqual(['load-balancer-reached']);
  });

  it('marks every machine before anything else is put there', () => {
    for (const name of hosts) {
      const claim = one(`machines-claim-${name}`);
      expect(earlierThan(one(`machines-stage-${name}`), all)).toContain(claim.urn);
      expect(claim.inputs.create).toContain(`${cluster}/${name}/`);
    }
  });

  it('takes everything off a machine that leaves, over SSH, by its claim alone', () => {
    for (const name of hosts) {
      const claim = one(`machines-claim-${name}`);
      expect(claim.deletedWith).toBe('');
      // Another machine of the name must not be a replacement: nobody could log in to the old one.
      expect(claim.inputs.triggers).toBeUndefined();
      expect(claim.inputs.delete).toContain('host.sh release');
      expect(one(`machines-${name}`, 'random:index/randomId:RandomId').inputs.keepers).toBeUndefined();
    }
  });

  it('lets what lives on a machine go without a word when that leaves, and replaces nothing where it is another one', () => {
    const steps = all.filter((r) => r.type === COMMAND && !/^(machines-claim|workers-leave)-/.test(r.name));
    expect(steps.length).toBeGreaterThan(10);
    for (const step of steps) {
      const stands = all.find((r) => r.urn === step.deletedWith);
      expect(stands?.type).toBe('random:index/randomId:RandomId');
      expect(reveal(step.inputs.triggers)).toEqual([]);
    }
  });

  it('logs in as configured: user, port, key as a secret, pinned keys before recorded ones, through the bastion', () => {
    expect(connectionOf(one('machines-claim-front'))).toMatchObject({
      user: 'ops',
      port: 22,
      hostKey: 'ssh-ed25519 AAAApinned',
    });
    const alpha = one('machines-claim-alpha1');
    expect(connectionOf(alpha)).toMatchObject({ host: '192.0.2.20', port: 2222, hostKey: 'ssh-ed25519 AAAAalpha1' });
    expect(connectionOf(alpha).proxy).toBeUndefined();
    expect(isSecret(alpha.inputs.connection) || isSecret(alpha.inputs.connection.privateKey)).toBe(true);
    expect(connectionOf(one('workers-beta1'))).toMatchObject({
      user: 'root',
      hostKey: 'ssh-ed25519 AAAAbeta1',
      proxy: { host: '198.51.100.1', user: 'ops', hostKey: 'ssh-ed25519 AAAAbastion' },
    });
  });

  it('names the machine in what is put there, so that another one under the name gets it all', () => {
    expect(one('etcd-alpha1').inputs.update).toContain(`${cluster}/alpha1/`);
  });

  it('uses sudo where the login is not root', () => {
    expect(one('etcd-alpha1').inputs.create).toMatch(/^sudo -n sh -c /);
    expect(one('workers-beta1').inputs.create).not.toContain('sudo');
  });

  it('fetches from the publishers, for the architecture that was seen, and installs what is missing', () => {
    const stage = one('machines-stage-beta1', 'hardway:remote:Stage');
    const lines = reveal(stage.inputs.artifacts) as string[];
    expect(lines.find((line) => line.includes('/kubelet'))).toMatch(/https:\/\/dl\.k8s\.io\/.*\/linux\/arm64\/kubelet/);
    expect(stage.inputs.packages).toEqual(expect.arrayContaining(['conntrack', 'curl', 'socat']));
  });

  it('is reached from outside at the address that is said to lead there, and its certificate names that', () => {
    const provider = all.find((r) => r.type === 'pulumi:providers:kubernetes');
    expect(reveal(provider?.inputs.kubeconfig)).toContain('server: https://203.0.113.10:6443');
    const request = one('pki-kube-apiserver', 'tls:index/certRequest:CertRequest');
    expect(request.inputs.ipAddresses).toEqual(expect.arrayContaining(['192.0.2.10', '203.0.113.10']));
    const gate = JSON.stringify(reveal(one('load-balancer-verified').inputs));
    expect(gate).toContain('https://192.0.2.10:6443');
    expect(gate).not.toContain('203.0.113.10:6443');
  });

  it('protects what the cluster cannot be without', () => {
    expect(all.filter((r) => r.protect).length).toBeGreaterThan(4);
  });
});
