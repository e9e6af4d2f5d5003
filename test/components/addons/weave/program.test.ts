import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { earlierThan, registered } from '../../../support/graph.ts';
import { runProgram } from '../../../support/program.ts';
import { isSecret, RANDOM, type Registration, reveal } from '../../../support/recorder.ts';

let all: Registration[] = [];

const one = (type: string, name: string): Registration => registered(all, type, name);
const command = (name: string) => one('command:remote:Command', name);
const ancestors = (registration: Registration) => earlierThan(registration, all);

beforeAll(async () => {
  all = await runProgram({
    controllers: JSON.stringify(['alpha1']),
    workers: JSON.stringify(['beta1', 'beta2']),
    cni: 'weave',
    podCidr: '10.150.0.0/16',
    weaveEncryption: 'on',
    weaveMtu: '1300',
    weaveFastDatapath: 'off',
  });
});

describe('a cluster on Weave Net', () => {
  const template = () => {
    const spec = reveal(one('kubernetes:apps/v1:DaemonSet', 'addons-weave').inputs.spec);
    // biome-ignore lint/suspicious/noExplicitAny: a pod as it goes over the wire
    return (spec as any).template;
  };
  const pod = () => template().spec;

  it('writes no routes', () => {
    expect(all.filter(({ type }) => type === 'hardway:pod-network:PodNetwork')).toEqual([]);
  });

  it("hands out the cluster's own range, with what was asked of it", () => {
    const [weave] = pod().containers;
    const env = Object.fromEntries(
      weave.env.map((entry: { name: string; value?: string }) => [entry.name, entry.value]),
    );
    expect(env).toMatchObject({
      IPALLOC_RANGE: '10.150.0.0/16',
      WEAVE_MTU: '1300',
      EXPECT_NPC: '1',
      IPTABLES_BACKEND: 'nft',
    });
    expect(weave.command[2]).toContain('WEAVE_NO_FASTDP=1');
    expect(weave.readinessProbe.httpGet).toEqual({ host: '127.0.0.1', path: '/status', port: 6784 });
  });

  it('is there before everything else on a node, whatever its taints', () => {
    expect(pod()).toMatchObject({ hostNetwork: true, priorityClassName: 'system-node-critical' });
    expect(pod().tolerations).toContainEqual({ effect: 'NoSchedule', operator: 'Exists' });
    expect(pod().containers.map(({ name }: { name: string }) => name)).toEqual(['weave', 'weave-npc']);
  });

  it('keeps its password a secret', () => {
    const secret = one('kubernetes:core/v1:Secret', 'addons-weave');
    expect(isSecret(secret.inputs.stringData) || isSecret(secret.inputs.stringData.password)).toBe(true);
    const [weave] = pod().containers;
    const password = weave.env.find(({ name }: { name: string }) => name === 'WEAVE_PASSWORD');
    expect(password.valueFrom.secretKeyRef).toEqual({ name: 'weave-net', key: 'password' });
    expect(password.value).toBeUndefined();
  });

  it('starts its peers anew for another password, and for nothing that a refresh reads back', () => {
    const { annotations } = template().metadata;
    const wanted = createHash('sha256')
      .update(JSON.stringify({ password: RANDOM }))
      .digest('hex')
      .slice(0, 16);
    expect(annotations).toEqual({ 'hardway.local/password': wanted });
  });

  it('may keep its list of peers in one ConfigMap, and change no other', () => {
    const role = one('kubernetes:rbac.authorization.k8s.io/v1:Role', 'addons-weave');
    expect(reveal(role.inputs.rules)).toEqual([
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['weave-net'], verbs: ['get', 'update'] },
      { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
    ]);
  });

  it('waits for registered nodes before, and for ready ones after it is applied', () => {
    const daemonSet = one('kubernetes:apps/v1:DaemonSet', 'addons-weave');
    const registered = command('workers-verified');
    expect(String(reveal(registered.inputs.stdin))).toContain('-v ready=0');
    const ready = command('addons-weave-verified');
    expect(String(reveal(ready.inputs.stdin))).toContain('-v ready=1');
    expect(ancestors(ready)).toContain(daemonSet.urn);
  });

  it('lets nodes leave on a controller in an update, once every peer that stays runs', () => {
    const leaving = command('addons-weave-leaving');
    expect([leaving.inputs.create, leaving.inputs.delete]).toEqual([undefined, undefined]);
    expect(String(reveal(leaving.inputs.stdin))).toContain("wanted='beta1 beta2'");
    expect(ancestors(leaving)).toContain(command('addons-weave-verified').urn);
  });
});
