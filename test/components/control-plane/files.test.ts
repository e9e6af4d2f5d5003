import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { controlPlaneFiles } from '../../../components/control-plane/files.ts';
import { encryptionConfiguration } from '../../../components/control-plane/policies.ts';
import { expectGoldens, planTexts } from '../../lib/format/golden.ts';
import { controlPlaneArgs, plans } from '../../lib/format/samples.ts';

const key = (fill: number, bytes = 32) => Buffer.alloc(bytes, fill).toString('base64');
const text = (path: string, plan = plans['control-plane']) => plan?.files[path]?.content ?? '';

describe('controlPlaneFiles', () => {
  it('renders what test/golden/control-plane shows', () => {
    expectGoldens('control-plane', planTexts(controlPlaneFiles(controlPlaneArgs)));
  });

  it('takes the whole of its domain from the arguments', () => {
    const plan = controlPlaneFiles({ ...controlPlaneArgs, clusterDomain: 'k8s.example' });
    expect(Object.values(plan.files).filter((file) => file.content.includes('cluster.local'))).toEqual([]);
    expect(text('/etc/nginx/nginx.conf', plan)).toContain('server_name kubernetes.default.svc.k8s.example;');
    expect(text('/etc/systemd/system/kube-apiserver.service', plan)).toContain(
      '--service-account-issuer=https://kubernetes.default.svc.k8s.example ',
    );
  });

  it('signs tokens with the private service account key and verifies them with the public one', () => {
    const unit = text('/etc/systemd/system/kube-apiserver.service');
    expect(unit).toContain('--service-account-signing-key-file=/etc/kubernetes/pki/sa.key ');
    expect(unit).toContain('--service-account-key-file=/etc/kubernetes/pki/sa.pub ');
    expect(text('/etc/systemd/system/kube-controller-manager.service')).toContain(
      '--service-account-private-key-file=/etc/kubernetes/pki/sa.key ',
    );
    expect(text('/etc/kubernetes/pki/sa.key')).toContain('BEGIN PRIVATE KEY');
    expect(text('/etc/kubernetes/pki/sa.pub')).toContain('BEGIN PUBLIC KEY');
  });

  it.each([
    ['controller-manager.conf', 'system:kube-controller-manager'],
    ['scheduler.conf', 'system:kube-scheduler'],
    ['admin.conf', 'admin'],
  ])('gives %s the certificate of %s and the API of its own machine', (file, user) => {
    const config = parse(text(`/etc/kubernetes/${file}`));
    const decoded = Buffer.from(config.users[0].user['client-certificate-data'], 'base64').toString();
    expect(config.clusters[0].cluster.server).toBe('https://127.0.0.1:6443');
    expect(config.users[0].name).toBe(user);
    expect(decoded).toContain(`\n${user}\n`);
  });

  it('never writes the body of a Secret, a ConfigMap or a token into the audit log', () => {
    const policy = parse(text('/etc/kubernetes/audit-policy.yaml'));
    const rules: { level: string; resources?: { resources: string[] }[] }[] = policy.rules;
    for (const resource of ['secrets', 'configmaps', 'serviceaccounts/token', 'tokenreviews']) {
      const first = rules.findIndex((rule) => rule.resources?.some((entry) => entry.resources.includes(resource)));
      const bodies = rules.findIndex((rule) => rule.level.startsWith('Request'));
      expect(rules[first]?.level).toBe('Metadata');
      expect(first).toBeLessThan(bodies);
    }
  });

  it('lets nobody be anonymous but for health checks', () => {
    const paths = parse(text('/etc/kubernetes/authentication.yaml')).anonymous.conditions;
    expect(paths.map((condition: { path: string }) => condition.path)).toEqual(['/livez', '/readyz', '/healthz']);
    expect(text('/etc/systemd/system/kube-apiserver.service')).not.toContain('--anonymous-auth');
  });
});

describe('encryptionConfiguration', () => {
  it.each(['aescbc', 'secretbox'] as const)(
    'encrypts with %s by the first key and reads plain Secrets last',
    (provider) => {
      const keys: [{ name: string; keyBase64: string }, { name: string; keyBase64: string }] = [
        { name: 'key2', keyBase64: key(2) },
        { name: 'key1', keyBase64: key(1) },
      ];
      const parsed = parse(encryptionConfiguration({ provider, keys }));
      expect(parsed.resources[0].providers).toEqual([
        { [provider]: { keys: keys.map(({ name, keyBase64 }) => ({ name, secret: keyBase64 })) } },
        { identity: {} },
      ]);
    },
  );

  it('refuses a key of another length, with both numbers and without the key', () => {
    const short = key(7, 16);
    const attempt = () => encryptionConfiguration({ provider: 'aescbc', keys: [{ name: 'key1', keyBase64: short }] });
    expect(attempt).toThrow('encryption key key1 has 16 bytes; aescbc needs 32, as base64');
    expect(attempt).not.toThrow(short);
  });

  it('refuses two keys of one name', () => {
    const keys: [{ name: string; keyBase64: string }, { name: string; keyBase64: string }] = [
      { name: 'key1', keyBase64: key(1) },
      { name: 'key1', keyBase64: key(2) },
    ];
    expect(() => encryptionConfiguration({ provider: 'aescbc', keys })).toThrow('must have different names');
  });
});
