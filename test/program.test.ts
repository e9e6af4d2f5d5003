import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { earlierThan, registered } from './support/graph.ts';
import { runProgram } from './support/program.ts';
import { isSecret, plainTexts, RANDOM, type Registration, reveal } from './support/recorder.ts';

const COMMAND = 'command:remote:Command';
let all: Registration[] = [];

const named = (name: string): Registration[] => all.filter((one) => one.name === name);
const one = (name: string, type = COMMAND): Registration => registered(all, type, name);
const ancestors = (registration: Registration) => earlierThan(registration, all);

beforeAll(async () => {
  all = await runProgram({
    controllers: JSON.stringify(['alpha1', 'alpha2', 'alpha3']),
    workers: JSON.stringify(['beta1', 'beta2']),
    loadBalancers: JSON.stringify(['front1', 'front2']),
    clusterDomain: 'example.internal',
    labSubnet: '10.77.0.0/24',
  });
});

describe('the whole program', () => {
  it('has the resources of the rooms, each with a parent but the rooms themselves', () => {
    const rooms = all.filter((r) => r.parent === '' || r.parent.includes('pulumi:pulumi:Stack'));
    expect(rooms.filter((r) => r.type !== 'pulumi:pulumi:Stack').map((r) => `${r.type} ${r.name}`)).toEqual(
      expect.arrayContaining([
        'hardway:machines:Machines machines',
        'hardway:pki:Pki pki',
        'hardway:etcd:Etcd etcd',
        'hardway:control-plane:ControlPlane control-plane',
        'hardway:load-balancer:LoadBalancer load-balancer',
        'hardway:pod-network:PodNetwork pod-network',
        'hardway:workers:Workers workers',
        'hardway:addons:Addons addons',
      ]),
    );
    expect(rooms.filter((r) => r.type !== 'pulumi:pulumi:Stack' && r.name !== 'created-with')).toHaveLength(8);
  });

  it('records what the cluster is created with before anything else, for good', () => {
    const record = one('created-with', 'random:index/randomId:RandomId');
    expect(record.ignoreChanges).toEqual(['keepers']);
    expect(reveal(record.inputs.keepers)).toMatchObject({
      clusterDomain: 'example.internal',
      labSubnet: '10.77.0.0/24',
    });
    expect(all.findIndex(({ name }) => name === 'created-with')).toBe(
      all.findIndex(({ type }) => type !== 'pulumi:pulumi:Stack'),
    );
  });

  it('makes a failed role differ, so that the old configuration is a change too', () => {
    for (const role of all.filter(({ type }) => type === 'hardway:remote:Role')) {
      const attempt = one(`${role.name}-attempt`, 'random:index/randomId:RandomId');
      expect(ancestors(one(role.name))).toContain(attempt.urn);
      expect(Object.keys(reveal(attempt.inputs.keepers) as object)).toEqual(['plan']);
    }
  });

  it('keeps authorities as they were created: no other key, subject or validity, and no renewal', () => {
    const keys = all.filter(({ type, name }) => type === 'tls:index/privateKey:PrivateKey' && name.endsWith('-ca'));
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(key.ignoreChanges).toEqual(['algorithm', 'ecdsaCurve', 'rsaBits']);
    const authorities = all.filter(({ type }) => type === 'tls:index/selfSignedCert:SelfSignedCert');
    expect(authorities).toHaveLength(3);
    for (const authority of authorities) {
      expect(authority.ignoreChanges).toEqual(['subject', 'validityPeriodHours']);
      expect(authority.inputs.earlyRenewalHours).toBe(0);
    }
  });

  it('deletes an object of the API before it creates it again under its name', () => {
    const objects = all.filter(({ type }) => type.startsWith('kubernetes:'));
    expect(objects.length).toBeGreaterThan(5);
    for (const object of objects) expect([object.name, object.deleteBeforeReplace]).toEqual([object.name, true]);
  });

  it('has no cycle', () => {
    for (const registration of all) expect(ancestors(registration)).not.toContain(registration.urn);
  });

  it('tells the API servers of etcd only when etcd is verified', () => {
    for (const name of ['control-plane-alpha1', 'control-plane-alpha2', 'control-plane-alpha3']) {
      expect(ancestors(one(name))).toContain(one('etcd-verified').urn);
    }
  });

  it('verifies etcd after every member', () => {
    const earlier = ancestors(one('etcd-verified'));
    for (const member of ['alpha1', 'alpha2', 'alpha3']) expect(earlier).toContain(one(`etcd-${member}`).urn);
  });

  it('updates members, controllers, load balancers and nodes one after the other', () => {
    expect(ancestors(one('load-balancer-front2'))).toContain(one('load-balancer-front1').urn);
    expect(ancestors(one('etcd-alpha3'))).toContain(one('etcd-alpha2').urn);
    expect(ancestors(one('control-plane-alpha2'))).toContain(one('control-plane-alpha1').urn);
    expect(ancestors(one('workers-beta2'))).toContain(one('workers-beta1').urn);
  });

  it('has clients reach the API at the address that moves, which every load balancer can take', () => {
    const address = '10.77.0.9';
    expect(one('load-balancer-verified', 'hardway:remote:Gate').inputs.expects).toContain(`https://${address}:6443`);
    expect(one('pki-kube-apiserver', 'hardway:pki:Leaf').inputs.ipAddresses).toContain(address);
    for (const [name, own] of [
      ['front1', '10.77.0.10'],
      ['front2', '10.77.0.11'],
    ]) {
      const plan = JSON.stringify(reveal(one(`load-balancer-${name}`, 'hardway:remote:Role').inputs.plan));
      expect(plan).toContain(`unicast_src_ip ${own}\\n`);
      expect(plan).toContain(`${address}/32`);
    }
  });

  it('upgrades no kubelet before every API server', () => {
    for (const node of ['beta1', 'beta2'])
      expect(ancestors(one(`workers-${node}`))).toContain(one('control-plane-alpha3').urn);
  });

  it('starts nodes and load balancer without waiting for the API', () => {
    for (const name of ['workers-beta1', 'load-balancer-front1', 'load-balancer-front2']) {
      expect(ancestors(one(name))).not.toContain(one('control-plane-verified-alpha1').urn);
    }
  });

  it('applies nothing through the API before it answers at the endpoint', () => {
    const provider = one('addons', 'pulumi:providers:kubernetes');
    expect(ancestors(provider)).toContain(one('load-balancer-verified').urn);
    for (const object of all.filter((r) => r.type.startsWith('kubernetes:')))
      expect(object.provider).toContain(provider.urn);
  });

  it('ties every remote step to the identity of its machine, and deletes it with the machine', () => {
    const steps = all.filter(
      (r) => r.type === COMMAND && !/^(workers-(leav(e-|ing$)|drain-)|etcd-saved$)/.test(r.name),
    );
    expect(steps.length).toBeGreaterThan(20);
    for (const step of steps) {
      const machine = all.find((r) => r.type === 'command:local:Command' && step.deletedWith === r.urn);
      expect(machine?.name).toMatch(/^machines-/);
      expect(reveal(step.inputs.triggers)).toEqual([`${machine?.name}-id`]);
      expect(ancestors(step)).toContain(machine?.urn);
    }
  });

  it('lets nodes leave on a controller in an update, once the others are ready and before their routes go', () => {
    const leaving = one('workers-leaving', COMMAND);
    expect(leaving.inputs.create).toBeUndefined();
    expect(leaving.inputs.delete).toBeUndefined();
    expect(leaving.inputs.triggers).toEqual([]);
    expect(String(reveal(leaving.inputs.stdin))).toContain("wanted='beta1 beta2'");
    expect((reveal(leaving.inputs.connection) as { host: string }).host).toBe('10.77.0.20');
    expect(ancestors(leaving)).toContain(one('workers-verified').urn);
    for (const machine of ['alpha1', 'beta1']) {
      const routes = one(`obsolete-routes-${machine}`);
      expect(routes.inputs.create).toBeUndefined();
      expect(ancestors(routes)).toContain(leaving.urn);
      expect(ancestors(routes)).toContain(one(`pod-network-${machine}`).urn);
    }
  });

  it('keeps what nodes once left by in the state, without an effect', () => {
    for (const node of ['beta1', 'beta2']) {
      const retired = one(`workers-leave-${node}`, COMMAND);
      expect([retired.inputs.create, retired.inputs.update, retired.inputs.delete]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(retired.deletedWith).toBe(one('control-plane', 'hardway:control-plane:ControlPlane').urn);
    }
  });

  it('checks the host key of every machine', () => {
    for (const step of all.filter((r) => r.type === COMMAND)) {
      const connection = reveal(step.inputs.connection) as Record<string, unknown>;
      expect(connection.hostKey).toMatch(/^ssh-ed25519 machines-/);
    }
  });

  it('stages everywhere before anything is activated there, and from the mirror', () => {
    for (const [role, machine] of [
      ['etcd', 'alpha1'],
      ['control-plane', 'alpha2'],
      ['workers', 'beta1'],
    ]) {
      const earlier = ancestors(one(`${role}-${machine}`));
      expect(earlier).toContain(one(`machines-stage-${machine}`).urn);
      expect(earlier).toContain(one('machines-mirror', 'command:local:Command').urn);
    }
  });

  it('has no secret in a plain input or a command text', () => {
    const encryptionKey = createHash('sha256').update(RANDOM).digest('base64');
    for (const registration of all) {
      for (const text of plainTexts(registration.inputs)) {
        expect(text).not.toContain('PRIVATE KEY');
        expect(text).not.toContain(RANDOM);
        expect(text).not.toContain(encryptionKey);
      }
    }
    for (const step of all.filter((r) => r.type === COMMAND)) {
      for (const key of ['create', 'update', 'delete']) expect(isSecret(step.inputs[key])).toBe(false);
    }
  });

  it('marks what the steps read on standard input as secret where it holds keys', () => {
    for (const name of ['etcd-alpha1', 'control-plane-alpha1', 'workers-beta1'])
      expect(isSecret(one(name).inputs.stdin)).toBe(true);
    expect(isSecret(one('machines-alpha1', 'command:local:Command').inputs.stdin)).toBe(true);
  });

  it('gives every name once', () => {
    const names = all.map((r) => r.urn);
    expect(new Set(names).size).toBe(names.length);
    expect(named('pki-admin').length).toBeGreaterThan(0);
  });

  it('deletes what lives in the cluster with the control plane', () => {
    const controlPlane = one('control-plane', 'hardway:control-plane:ControlPlane');
    for (const object of all.filter((r) => r.type.startsWith('kubernetes:')))
      expect(object.deletedWith).toBe(controlPlane.urn);
  });

  it('binds exactly the user of the certificate the API server shows to kubelets', () => {
    const binding = one('addons-kubelet-access', 'kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding');
    const leaf = one('pki-kube-apiserver-kubelet-client', 'hardway:pki:Leaf');
    expect(reveal(binding.inputs.subjects)).toMatchObject([{ kind: 'User', name: leaf.inputs.commonName }]);
    expect(reveal(binding.inputs.roleRef)).toMatchObject({ kind: 'ClusterRole', name: 'system:kubelet-api-admin' });
  });
});
