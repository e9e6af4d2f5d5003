import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { controlPlaneFiles } from '../../../components/control-plane/files.ts';
import { etcdFiles } from '../../../components/etcd/files.ts';
import { workerFiles } from '../../../components/workers/files.ts';
import { standardHost } from '../../../lib/format/host.ts';
import type { RolePlan } from '../../../lib/format/role.ts';
import { controlPlaneArgs, etcdArgs, plans as labPlans, pair, workerArgs } from './samples.ts';

/** Everything that is rendered, on both kinds of host. */
const plans: Readonly<Record<string, RolePlan>> = {
  ...labPlans,
  'workers on their own kernel': workerFiles({ ...workerArgs, host: standardHost }),
};

/** What a machine has without our doing, or what a service makes for itself. */
const OF_THE_SYSTEM = [
  /^\/(usr\/)?s?bin\//,
  /^\/run\//,
  /^\/proc\//,
  /^\/var\/log\/nginx\//,
  /^\/etc\/nginx\/modules-enabled\/\*\.conf$/,
  /^\/etc\/fstab$/,
  /^\/dev\/null$/,
];

interface Unit {
  readonly room: string;
  readonly name: string;
  readonly text: string;
  readonly binary: string;
  readonly words: readonly string[];
}

const units: Unit[] = Object.entries(plans).flatMap(([room, plan]) =>
  Object.entries(plan.files).flatMap(([path, file]) => {
    if (!path.startsWith('/etc/systemd/system/') || !path.endsWith('.service')) return [];
    const command = /^ExecStart=(.*)$/m.exec(file.content.replaceAll('\\\n', ' '))?.[1] ?? '';
    const [binary = '', ...words] = command.split(/\s+/);
    return [{ room, name: basename(path), text: file.content, binary, words }];
  }),
);
const named = units.map((unit) => [unit.room, unit.name, unit] as const);

function pathsIn(text: string): string[] {
  const withoutUrls = text.replaceAll(/[a-z]+:\/\/(?!\/)[^\s"',;]*/g, ' ');
  return withoutUrls.match(/(?<![\w.*/-])\/[a-z][\w.*/-]*[\w*]/g) ?? [];
}

describe('every unit', () => {
  it('is there', () => {
    expect([...new Set(units.map((unit) => unit.name))].sort()).toEqual(
      ['containerd', 'etcd', 'hardway-routes', 'kube-apiserver', 'kube-controller-manager', 'kube-proxy']
        .concat(['kube-scheduler', 'kubelet'])
        .map((name) => `${name}.service`),
    );
  });

  it.each(named)('%s: %s has flags that all begin with --', (_room, name, { words }) => {
    const flags = name === 'hardway-routes.service' ? words.filter((word) => word !== 'up') : words;
    expect(flags.filter((word) => !/^--[a-z][a-z0-9-]*=/.test(word))).toEqual([]);
  });

  it.each(named)('%s: %s gives no flag twice', (_room, _name, { words }) => {
    const flags = words.map((word) => word.split('=')[0]);
    expect(flags).toEqual([...new Set(flags)]);
  });

  it.each(named)('%s: %s is wanted by multi-user.target and nothing else', (_room, _name, { text }) => {
    expect(text.match(/^WantedBy=.*$/gm)).toEqual(['WantedBy=multi-user.target']);
  });

  it.each(named)('%s: %s runs the binary it is named after, and says so', (_room, name, { binary, text }) => {
    const own = name.replace('.service', '');
    expect(basename(binary)).toBe(own);
    expect(/^Description=([\w-]+)/m.exec(text)?.[1]).toBe(own);
  });

  it.each(named)('%s: %s keeps trying', (_room, _name, { text }) => {
    expect(text).toMatch(/^StartLimitIntervalSec=0$/m);
    expect(text).toMatch(/^Restart=(always|on-failure)$/m);
    expect(text).toMatch(/^RestartSec=1$/m);
  });

  it.each(named)('%s: %s waits for nothing but what it names', (_room, _name, { text }) => {
    expect(text).not.toMatch(/^(Requires|BindsTo|PartOf|ExecStartPre|ExecCondition)=|network-online/m);
  });

  it.each(named)('%s: %s is a service of its role', (room, name) => {
    expect(plans[room]?.services.map((service) => service.unit)).toContain(name);
  });

  it.each(named)('%s: %s has its files and binary restart it', (room, name, { binary, words }) => {
    const plan = plans[room];
    const service = plan?.services.find((one) => one.unit === name);
    const used = [binary, ...words.flatMap((word) => pathsIn(word.slice(word.indexOf('=') + 1)))];
    const watched = [...(service?.restartOn ?? []), ...(service?.reloadOn ?? [])];
    const owned = used.filter((path) => path in (plan?.files ?? {}) || path in (plan?.links ?? {}));
    expect(owned.filter((path) => !watched.includes(path))).toEqual([]);
    expect(owned).toContain(binary);
  });
});

describe('the flags', () => {
  const known: Record<string, string[]> = JSON.parse(
    readFileSync(join(import.meta.dirname, 'known-flags.json'), 'utf8'),
  );

  it.each(named)('%s: %s uses flags that its binary has and does not call deprecated', (_room, name, { words }) => {
    if (name === 'hardway-routes.service') return;
    const names = words.map((word) => word.slice(2).split('=')[0] ?? '');
    expect(names.filter((flag) => !known[name.replace('.service', '')]?.includes(flag))).toEqual([]);
  });
});

describe.each(Object.entries(plans))('%s', (_room, plan) => {
  const texts = Object.entries(plan.files);
  const isPresent = (path: string) =>
    path in plan.files || path in plan.links || path in (plan.directories ?? {}) || isParent(path);
  const isParent = (path: string) =>
    [...Object.keys(plan.files), ...Object.keys(plan.directories ?? {})].some((one) => one.startsWith(`${path}/`));

  it('names no path that nobody puts there', () => {
    const all = [...texts.map(([, file]) => file.content), plan.health, ...(plan.settle ?? [])]
      // Data in base64 and PEM has slashes of its own; API paths are not the machine's.
      .map((text) => text.replaceAll(/-data: \S+|secret: \S+/g, '').replaceAll(/^-----.*$/gs, ''))
      .map((text) => text.replaceAll(/(path: |location = |- )"?\/(healthz|livez|readyz|version|openapi)\S*/g, ''));
    const unknown = all
      .flatMap(pathsIn)
      .filter((path) => !isPresent(path) && !OF_THE_SYSTEM.some((known) => known.test(path)))
      .filter((path) => !(path.startsWith('/var/log/kubernetes/') && isPresent('/var/log/kubernetes')));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('restarts for files and links of its own alone', () => {
    const watched = plan.services.flatMap((service) => [...service.restartOn, ...(service.reloadOn ?? [])]);
    expect(watched.filter((path) => !(path in plan.files) && !(path in plan.links))).toEqual([]);
  });

  it('keeps every private key and every file that holds one for root alone', () => {
    const encoded = Buffer.from('PRIVATE KEY').toString('base64').slice(4, 12);
    const holdsKey = (content: string) =>
      content.includes('PRIVATE KEY') ||
      content.includes('client-key-data') ||
      content.includes('secret: ') ||
      content.includes(encoded);
    const secret = texts.filter(([, file]) => holdsKey(file.content));
    expect(secret.filter(([, file]) => (file.mode & 0o177) !== 0)).toEqual([]);
  });

  it('puts keys into .key, certificates into .crt and public keys into .pub', () => {
    const label: Record<string, string> = { key: 'PRIVATE KEY', crt: 'CERTIFICATE', pub: 'PUBLIC KEY' };
    for (const [path, file] of texts) {
      const wanted = label[/\.(key|crt|pub)$/.exec(path)?.[1] ?? ''];
      if (wanted !== undefined)
        expect([path, file.content.split('\n')[0]]).toEqual([path, `-----BEGIN ${wanted}-----`]);
    }
  });

  it('links each name to the binary of that name, in the folder of a version', () => {
    for (const [link, target] of Object.entries(plan.links)) {
      expect(target).toMatch(new RegExp(`^/opt/hardway/[a-z-]+/\\d+\\.\\d+\\.\\d+/${basename(link)}$`));
    }
  });

  it('has shell that sh can read, one line each', () => {
    const lines = [plan.health, ...(plan.settle ?? [])];
    for (const line of lines) {
      expect(line).not.toContain('\n');
      execFileSync('sh', ['-n', '-c', line]);
    }
  });

  it('gives every file a mode that nobody else may write', () => {
    const modes = [...texts.map(([, file]) => file.mode), ...Object.values(plan.directories ?? {})];
    expect(modes.filter((mode) => (mode & 0o022) !== 0)).toEqual([]);
  });
});

describe('roles that can meet on one machine', () => {
  it('own no path twice, so that taking one away leaves the others whole', () => {
    const worker = workerFiles({ ...workerArgs, kubectl: false });
    const together = [plans.etcd, plans['control-plane'], worker, plans['pod-network']];
    const owned = together.flatMap((plan) => [...Object.keys(plan?.files ?? {}), ...Object.keys(plan?.links ?? {})]);
    expect(owned.filter((path, index) => owned.indexOf(path) !== index)).toEqual([]);
  });
});

describe('addresses, names and versions', () => {
  it('come from the arguments alone', () => {
    const elsewhere = [
      etcdFiles({
        ...etcdArgs,
        member: { name: 'e1', address: '192.0.2.1' },
        members: [{ name: 'e1', address: '192.0.2.1' }],
        clusterName: 'other',
        version: '9.9.9',
        server: pair('server'),
        peer: pair('peer'),
      }),
      controlPlaneFiles({
        ...controlPlaneArgs,
        clusterName: 'other',
        clusterDomain: 'k8s.example',
        address: '192.0.2.1',
        kubernetesVersion: '9.9.9',
        etcdServers: ['https://192.0.2.1:2379'],
        serviceCidr: '198.51.100.0/24',
      }),
      workerFiles({
        ...workerArgs,
        clusterName: 'other',
        nodeName: 'w1',
        address: '192.0.2.2',
        apiServer: 'https://192.0.2.3:6443',
        clusterDomain: 'k8s.example',
        clusterDns: ['198.51.100.10'],
        clusterPodCidr: '203.0.113.0/24',
        versions: { kubernetes: '9.9.9', containerd: '9.9.9', runc: '9.9.9', cniPlugins: '9.9.9', crictl: '9.9.9' },
        imageMirror: undefined,
      }),
    ];
    const texts = elsewhere.flatMap((plan) => [
      ...Object.values(plan.files).map((file) => file.content),
      ...Object.values(plan.links),
      plan.health,
      ...(plan.settle ?? []),
    ]);
    const literals = texts.flatMap((text) => text.match(/\b\d+\.\d+\.\d+\.\d+\b/g) ?? []);
    const ours = /^(127\.0\.0\.1|0\.0\.0\.0|192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+)$/;
    expect(literals.filter((literal) => !ours.test(literal))).toEqual([]);
    expect(texts.filter((text) => /hardway-etcd|\bname: hardway\b|cluster\.local|ctl0\d|1\.36\.4/.test(text))).toEqual(
      [],
    );
  });
});
