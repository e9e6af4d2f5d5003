import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import tar from 'tar-stream';
import {
  activationBundle,
  digestOf,
  manifest,
  readablePlan,
  stagingBundle,
} from '../../../components/remote/bundle.ts';
import type { RolePlan } from '../../../lib/format/role.ts';

const plan: RolePlan = {
  directories: { '/var/lib/thing': 0o700 },
  files: {
    '/etc/thing/key.pem': { content: '-----BEGIN KEY-----\nsecret\n', mode: 0o600 },
    '/etc/systemd/system/thing.service': {
      content: '[Service]\nExecStart=/usr/local/bin/thing\n',
      mode: 0o644,
      owner: 'root:adm',
    },
  },
  links: { '/usr/local/bin/thing': '/opt/hardway/thing/1.0.0/thing' },
  services: [{ unit: 'thing.service', restartOn: ['/etc/thing/key.pem'], reloadOn: ['/etc/thing/conf'] }],
  settle: ['sysctl --system'],
  health: 'true',
};

async function entries(bundle: string): Promise<Record<string, string>> {
  const extract = tar.extract();
  extract.end(gunzipSync(Buffer.from(bundle, 'base64')));
  const found: Record<string, string> = {};
  for await (const entry of extract) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found[entry.header.name] = Buffer.concat(chunks).toString();
    expect(entry.header.mode).toBe(0o600);
  }
  return found;
}

describe('a bundle', () => {
  it('lists directories, files with mode and owner, links and services, files sorted', () => {
    expect(manifest(plan).split('\n')).toEqual([
      'dir 0700 /var/lib/thing',
      'file 0644 root:adm /etc/systemd/system/thing.service',
      'file 0600 root:root /etc/thing/key.pem',
      'link /usr/local/bin/thing /opt/hardway/thing/1.0.0/thing',
      'service thing.service /etc/thing/key.pem',
      'reload thing.service /etc/thing/conf',
      '',
    ]);
  });

  it('carries every file under its path, and the script that applies it', async () => {
    const found = await entries(await activationBundle(plan));
    expect(found['files/etc/thing/key.pem']).toBe('-----BEGIN KEY-----\nsecret\n');
    expect(found['settle.sh']).toBe('sysctl --system\n');
    expect(found['health.sh']).toBe('true\n');
    expect(found['apply.sh']).toContain('set -eu');
  });

  it('is the same text for the same plan, whatever the order of its files', async () => {
    const turned = { ...plan, files: Object.fromEntries(Object.entries(plan.files).reverse()) };
    expect(await activationBundle(turned)).toBe(await activationBundle(plan));
  });

  it('changes with a mode alone', async () => {
    const opened = {
      ...plan,
      files: { ...plan.files, '/etc/thing/key.pem': { content: '-----BEGIN KEY-----\nsecret\n', mode: 0o640 } },
    };
    expect(await activationBundle(opened)).not.toBe(await activationBundle(plan));
  });

  it('names what is to be staged with its sum', async () => {
    const found = await entries(
      await stagingBundle([
        {
          name: 'etcd',
          version: '3.7.3',
          url: 'http://m/e.tar.gz',
          sha256: 'ab',
          archive: true,
          members: { etcd: 'e/etcd', etcdctl: 'e/etcdctl' },
        },
        {
          name: 'runc',
          version: '1.5.2',
          url: 'http://m/runc',
          sha256: 'cd',
          archive: false,
          members: { runc: 'runc' },
        },
      ]),
    );
    expect(found.manifest).toBe(
      'archive etcd 3.7.3 ab http://m/e.tar.gz etcd=e/etcd etcdctl=e/etcdctl\nbinary runc 1.5.2 cd http://m/runc runc=runc\n',
    );
  });
});

describe('a readable plan', () => {
  const readable = readablePlan(plan);

  it('shows units as they are and links as arrows', () => {
    expect(readable['/etc/systemd/system/thing.service']).toContain('ExecStart=/usr/local/bin/thing');
    expect(readable['/usr/local/bin/thing']).toBe('-> /opt/hardway/thing/1.0.0/thing');
  });

  it('shows private content as the head of its digest, which changes with it', () => {
    expect(readable['/etc/thing/key.pem']).toMatch(/^sha256:[0-9a-f]{12}$/);
    const other = readablePlan({ ...plan, files: { '/etc/thing/key.pem': { content: 'another', mode: 0o600 } } });
    expect(other['/etc/thing/key.pem']).not.toBe(readable['/etc/thing/key.pem']);
    expect(digestOf(other)).not.toBe(digestOf(readable));
  });
});
