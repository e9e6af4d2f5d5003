/**
 * Prints everything the program of this checkout asks of the engine, for a few stacks, as text that can be compared:
 *
 *     node test/support/dump-registrations.ts FOLDER
 *
 * writes one file a stack into FOLDER. Run it in the checkout of the commit before and in yours, with a FOLDER each, then
 * `diff -r` them: a refactoring must not differ, since every difference is an update (or a replacement) of clusters that
 * are up. What a step reads on standard input is unpacked, so that a difference names the file and the line.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { mock } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as pulumi from '@pulumi/pulumi';
import { execa } from 'execa';
import tar from 'tar-stream';
import { parse } from 'yaml';
import type { HostRecord } from '../../config/host-record.ts';

const root = join(import.meta.dirname, '..', '..');

/** The stacks that are compared: the examples, and what none of them has. */
const stacks: Readonly<Record<string, () => Record<string, unknown>>> = {
  dev: () => example('Pulumi.dev.yaml'),
  ha: () => example('Pulumi.ha.yaml.example'),
  hosts: () => ({
    machines: 'hosts',
    sshUser: 'ops',
    hostKeyPolicy: 'accept-first',
    externalEndpoint: '203.0.113.10',
    hosts: hosts.map(([name, address, ...roles]) => ({ name, address, roles })),
    cni: 'bridge',
    upstreamNameservers: ['198.51.100.53'],
  }),
  bridge: () => ({ cni: 'bridge', controllersAsNodes: true, etcdMembers: ['etcd01'], labSubnet: '10.77.0.0/24' }),
  none: () => ({ cni: 'none', loadBalancers: [], encryptionProvider: 'secretbox', labSubnet: '10.78.0.0/24' }),
};

const hosts = [
  ['front', '192.0.2.10', 'loadBalancer'],
  ['alpha1', '192.0.2.20', 'controller', 'etcd'],
  ['beta1', '192.0.2.30', 'worker'],
  ['beta2', '192.0.2.31', 'worker'],
] as const;

/** What the pre-flight would have recorded of them. */
const hostRecord: HostRecord = {
  cluster: '0123456789abcdef0123456789abcdef',
  hosts: Object.fromEntries(
    hosts.map(([name, address]) => [
      name,
      {
        ...{ dialled: `${address}:22`, hostKey: `ssh-ed25519 AAAA${name}`, os: 'debian 12', architecture: 'amd64' },
        ...{ cgroupVersion: 2, sysResource: true, container: false },
      },
    ]),
  ),
  bastions: {},
};

function example(file: string): Record<string, unknown> {
  const { config } = parse(readFileSync(join(root, file), 'utf8')) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace('hardway:', ''), value]));
}

/** A base64 tar.gz as its files; anything else as it is. */
async function unpacked(value: unknown): Promise<unknown> {
  if (typeof value !== 'string' || !value.startsWith('H4sI')) return value;
  const files: Record<string, string> = {};
  const archive = tar.extract();
  Readable.from(gunzipSync(Buffer.from(value, 'base64'))).pipe(archive);
  for await (const entry of archive) {
    let text = '';
    for await (const chunk of entry) text += chunk;
    files[entry.header.name] = text;
  }
  return files;
}

/** With the keys of mappings in one order: the engine keeps none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

async function dump(stack: string, folder: string): Promise<void> {
  const { record, settled, reveal } = await import('./recorder.ts');
  const { withSums } = await import('./graph.ts');
  const actual = await import('../../artifacts/lock.ts');
  // What was downloaded or built on this machine must not matter.
  const readLock = () => withSums(actual.readLock(actual.lockPath, '/nowhere'));
  mock.module('../../artifacts/lock.ts', { namedExports: { ...actual, readLock } });
  const records = await import('../../config/host-record.ts');
  mock.module('../../config/host-record.ts', { namedExports: { ...records, readHostRecord: () => hostRecord } });
  const settings = Object.entries(stacks[stack]?.() ?? {});
  const all = record(
    'hardway',
    stack,
    Object.fromEntries(
      settings.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
    ),
  );
  const outputs = await import('../../index.ts');
  await settled();
  const shown = await Promise.all(
    all.map(async ({ inputs, ...registration }) => {
      const plain = reveal(inputs) as Record<string, unknown>;
      if ('stdin' in plain) plain.stdin = await unpacked(plain.stdin);
      return { ...registration, dependencies: [...registration.dependencies].sort(), inputs: plain };
    }),
  );
  shown.sort((a, b) => (a.urn < b.urn ? -1 : 1));
  const results = await new Promise((resolve) => pulumi.output({ ...outputs }).apply(resolve));
  const text = JSON.stringify(sorted({ outputs: results, registrations: shown }), null, 1);
  // A line of a text to a line of the dump.
  writeFileSync(join(folder, `${stack}.json`), `${text.replaceAll('\\n', '\n    ')}\n`);
  console.log(`${stack}: ${shown.length} registrations`);
}

const [, , folder = '.', stack] = process.argv;
if (stack !== undefined) {
  await dump(stack, folder);
} else {
  mkdirSync(folder, { recursive: true });
  // A process each: a program is imported once.
  for (const name of Object.keys(stacks)) {
    const options = ['--experimental-test-module-mocks', '--no-deprecation', '--disable-warning=ExperimentalWarning'];
    await execa(process.execPath, [...options, fileURLToPath(import.meta.url), folder, name], {
      cwd: root,
      stdio: 'inherit',
    });
  }
}
