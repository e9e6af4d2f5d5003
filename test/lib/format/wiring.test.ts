import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { knownFlags, type ProgramFlags } from '../../../artifacts/flags.ts';
import { planControlPlane } from '../../../components/control-plane/plan.ts';
import { planEtcd } from '../../../components/etcd/etcd.ts';
import { planNode } from '../../../components/workers/plan.ts';
import { standardHost } from '../../../lib/format/host.ts';
import type { RolePlan } from '../../../lib/format/role.ts';
import { resolved } from '../../config/support.ts';
import { certificatesOf, controlPlaneArgs, etcdArgs, plans as labPlans, nodeArgs, settings } from './samples.ts';

/** Everything that is rendered, on both kinds of host. */
const plans: Readonly<Record<string, RolePlan>> = {
  ...labPlans,
  'workers on their own kernel': planNode({ ...nodeArgs, host: standardHost }),
  'controllers that are nodes': planNode({
    ...nodeArgs,
    config: resolved({ ...settings, controllers: settings.workers, workers: [], controllersAsNodes: true }),
  }),
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
  // Keys in etcd.
  /^\/registry(\/minions)?$/,
  // What the program itself writes.
  /^\/var\/lib\/etcd\/member\/snap\/db$/,
  // The role's own notes, which the writer keeps.
  /^\/var\/lib\/hardway\/etcd\/joined$/,
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
    // What a timer starts is not part of a boot.
    if (!file.content.includes('[Install]')) return [];
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
      ['containerd', 'etcd', 'hardway-routes-watch', 'hardway-routes', 'kube-apiserver', 'kube-controller-manager']
        .concat(['kube-proxy', 'kube-scheduler', 'kubelet'])
        .map((name) => `${name}.service`),
    );
  });

  it.each(named)('%s: %s has flags that all begin with --', (_room, name, { words }) => {
    const flags = name.startsWith('hardway-routes') ? words.filter((word) => !/^(up|watch)$/.test(word)) : words;
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
    expect(basename(binary)).toBe(own.replace('-watch', ''));
    expect(/^Description=([\w-]+)/m.exec(text)?.[1]).toBe(own);
  });

  it.each(named)('%s: %s keeps trying', (_room, _name, { text }) => {
    expect(text).toMatch(/^StartLimitIntervalSec=0$/m);
    expect(text).toMatch(/^Restart=(always|on-failure)$/m);
    expect(text).toMatch(/^RestartSec=1$/m);
  });

  it.each(named)('%s: %s waits for nothing but what it names', (_room, _name, { text }) => {
    // What decides between the data that is there, joining, and a new cluster waits for members alone.
    const others = text.replace('ExecStartPre=/etc/etcd/join\n', '').replace('ExecStartPre=/etc/etcd/quota\n', '');
    expect(others).not.toMatch(/^(Requires|BindsTo|PartOf|ExecStartPre|ExecCondition)=|network-online/m);
  });

  it.each(named)('%s: %s is a service of its role', (room, name) => {
    expect(plans[room]?.services.map((service) => service.unit)).toContain(name);
  });

  it.each(named)('%s: %s has its files and binary restart it', (room, name, { binary, words }) => {
    const plan = plans[room];
    const service = plan?.services.find((one) => one.unit === name);
    const used = [binary, ...words.flatMap((word) => pathsIn(word.slice(word.indexOf('=') + 1)))];
    const watched = [...(service?.restartOn ?? []), ...(service?.reloadOn ?? [])];
    const owned = used
      .filter((path) => path in (plan?.files ?? {}) || path in (plan?.links ?? {}))
      // etcd reads these for each connection.
      .filter((path) => !/^\/etc\/etcd\/pki\/(server|peer)\./.test(path));
    expect(owned.filter((path) => !watched.includes(path))).toEqual([]);
    expect(owned).toContain(binary);
  });
});

describe('the flags', () => {
  const known: Readonly<Record<string, ProgramFlags>> = Object.assign(
    {},
    ...[
      ['kubernetes', '1.36.4'],
      ['etcd', '3.7.3'],
      ['containerd', '2.3.7'],
    ].map(([group = '', version = '']) => knownFlags(group, version)?.programs),
  );

  it.each(named)('%s: %s uses flags that its binary has and does not call deprecated', (_room, name, { words }) => {
    if (name.startsWith('hardway-routes')) return;
    const flags = known[name.replace('.service', '')] ?? {};
    const names = words.map((word) => word.slice(2).split('=')[0] ?? '');
    expect(names.filter((flag) => flags[flag] === undefined || flags[flag].deprecated)).toEqual([]);
  });

  it('are those that users are told of as set by hardway, and so are the fields of configurations', () => {
    const found: Record<string, Set<string>> = {};
    const add = (owner: string, names: readonly string[]) => {
      found[owner] ??= new Set();
      for (const name of names) found[owner].add(name);
    };
    for (const [, name, { words }] of named) {
      if (name.startsWith('hardway-routes')) continue;
      add(
        name.replace('.service', ''),
        words.map((word) => word.slice(2).split('=')[0] ?? ''),
      );
    }
    for (const plan of Object.values(plans)) {
      for (const path of ['/var/lib/kubelet/config.yaml', '/var/lib/kube-proxy/config.yaml']) {
        const text = plan.files[path]?.content;
        if (text === undefined) continue;
        const { apiVersion: _, kind, ...fields } = parse(text);
        add(kind, Object.keys(fields));
      }
    }
    const sorted = Object.fromEntries(
      Object.keys(found)
        .sort()
        .map((owner) => [owner, [...(found[owner] ?? [])].sort()]),
    );
    const file = join(import.meta.dirname, '..', '..', '..', 'artifacts', 'flags', 'set-by-hardway.json');
    // Written with the goldens: a flag of ours is a line in its program's file, and nothing else by hand.
    if (process.env.UPDATE_GOLDENS === '1') writeFileSync(file, `${JSON.stringify(sorted, null, 1)}\n`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(sorted);
  });
});

describe.each(Object.entries(plans))('%s', (_room, plan) => {
  const texts = Object.entries(plan.files);
  const isPresent = (path: string) =>
    path in plan.files || path in plan.links || path in (plan.directories ?? {}) || isParent(path);
  const isParent = (path: string) =>
    [...Object.keys(plan.files), ...Object.keys(plan.directories ?? {})].some((one) => one.startsWith(`${path}/`));

  it('names no path that nobody puts there', () => {
    const all = [...texts.map(([, file]) => file.content), plan.health, ...(plan.preStart ?? [])]
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

  it('has shell that sh can read', () => {
    for (const lines of [plan.require, plan.preStart, [plan.health]]) {
      execFileSync('sh', ['-n', '-c', (lines ?? []).join('\n')]);
    }
  });

  it('gives every file a mode that nobody else may write', () => {
    const modes = [...texts.map(([, file]) => file.mode), ...Object.values(plan.directories ?? {})];
    expect(modes.filter((mode) => (mode & 0o022) !== 0)).toEqual([]);
  });
});

describe('roles that can meet on one machine', () => {
  it('own no path twice, so that taking one away leaves the others whole', () => {
    const worker = planNode({ ...nodeArgs, kubectl: false });
    const together = [plans.etcd, plans['control-plane'], worker, plans['pod-network']];
    const owned = together.flatMap((plan) => [...Object.keys(plan?.files ?? {}), ...Object.keys(plan?.links ?? {})]);
    expect(owned.filter((path, index) => owned.indexOf(path) !== index)).toEqual([]);
  });
});

describe('addresses, names and versions', () => {
  it('come from the arguments alone', () => {
    const versions = ['kubernetes', 'etcd', 'containerd', 'runc', 'cniPlugins', 'crictl'];
    const config = {
      ...resolved({
        clusterName: 'other',
        clusterDomain: 'k8s.example',
        controllers: [{ name: 'c1', address: '192.0.2.11' }],
        workers: [{ name: 'w1', address: '192.0.2.2' }],
        loadBalancers: [{ name: 'l1', address: '192.0.2.3' }],
        labSubnet: '192.0.2.0/24',
        serviceCidr: '198.51.100.0/24',
        podCidr: '203.0.113.0/24',
        podCidrPrefixLength: 26,
        cni: 'bridge',
      }),
      ...Object.fromEntries(versions.map((name) => [`${name}Version`, '9.9.9'])),
    };
    const member = { name: 'c1', address: '192.0.2.11' };
    const elsewhere = [
      planEtcd({ ...etcdArgs, config, member, members: [member], certificates: certificatesOf('etcd', 'c1') }),
      planControlPlane({ ...controlPlaneArgs, config, machine: member, etcdServers: ['https://192.0.2.11:2379'] }),
      planNode({
        ...nodeArgs,
        config,
        machine: { name: 'w1', address: '192.0.2.2' },
        certificates: certificatesOf('node', 'w1'),
        imageMirror: undefined,
      }),
    ];
    const texts = elsewhere.flatMap((plan) => [
      ...Object.values(plan.files).map((file) => file.content),
      ...Object.values(plan.links),
      plan.health,
      ...(plan.preStart ?? []),
    ]);
    const literals = texts.flatMap((text) => text.match(/\b\d+\.\d+\.\d+\.\d+\b/g) ?? []);
    const ours = /^(127\.0\.0\.1|0\.0\.0\.0|192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+)$/;
    expect(literals.filter((literal) => !ours.test(literal))).toEqual([]);
    expect(texts.filter((text) => /hardway-etcd|\bname: hardway\b|cluster\.local|ctl0\d|1\.36\.4/.test(text))).toEqual(
      [],
    );
  });
});
