import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  dialledAs,
  type HostRecord,
  HostRecordError,
  type RecordedHost,
  readHostRecord,
  recordedHost,
} from '../../config/host-record.ts';
import { nextRecord, writeRecord } from '../../preflight/record.ts';
import { hostsConfig } from './support.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-record-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const known = (dialled: string, more: Partial<RecordedHost> = {}): RecordedHost => ({
  dialled,
  hostKey: 'ssh-ed25519 AAAA',
  os: 'debian 12',
  architecture: 'amd64',
  cgroupVersion: 2,
  sysResource: true,
  container: false,
  ...more,
});
const config = hostsConfig({ bastion: { address: 'b.example.com' } });
const through = ' through b.example.com:22';
const ctl01 = known(`10.0.0.11:22${through}`);
const learnt = (hosts: Record<string, RecordedHost>, bastions: Record<string, string> = {}) => ({
  hosts: new Map(Object.entries(hosts)),
  bastions: new Map(Object.entries(bastions)),
});
const before: HostRecord = { cluster: 'c'.repeat(32), hosts: { ctl01 }, bastions: { 'b.example.com:22': 'ssh-rsa B' } };

describe('the record of hosts', () => {
  it.each([
    ['a host', { hosts: { ctl01: { ...ctl01, hostKey: ' ' } } }],
    ['a bastion', { bastions: { 'b.example.com:22': '' } }],
    ['a host, in another form', { hosts: { ctl01: { ...ctl01, hostKey: 'any' } } }],
  ])('has no blank or malformed host key of %s', (_, more) => {
    writeFileSync(join(folder, 'hosts.s.yaml'), JSON.stringify({ ...before, ...more }));
    expect(() => readHostRecord('s', folder)).toThrow(HostRecordError);
    expect(() => readHostRecord('s', folder)).toThrow(/must be a public host key/);
  });

  it('begins with the first host without a fault, and names the cluster once and for all', () => {
    expect(nextRecord(undefined, config, learnt({}, { 'b.example.com:22': 'k' }))).toBeUndefined();
    const first = nextRecord(undefined, config, learnt({ ctl01 }));
    expect(first?.cluster).toMatch(/^[0-9a-f]{32}$/);
    expect(nextRecord(undefined, config, learnt({ ctl01 }))?.cluster).not.toBe(first?.cluster);
    expect(nextRecord(first, config, learnt({ ctl01 }))).toEqual(first);
  });

  it('keeps what was known of a host that has a fault now, its trusted key above all', () => {
    expect(nextRecord(before, config, learnt({}))).toEqual(before);
  });

  it('takes what is new', () => {
    const wrk01 = known(`10.0.0.21:22${through}`, { architecture: 'arm64' });
    const newer = { ...ctl01, os: 'debian 13' };
    expect(nextRecord(before, config, learnt({ wrk01, ctl01: newer }, { 'b.example.com:22': 'ssh-rsa C' }))).toEqual({
      cluster: before.cluster,
      hosts: { ctl01: newer, wrk01 },
      bastions: { 'b.example.com:22': 'ssh-rsa C' },
    });
  });

  it('forgets hosts and bastions that the config no longer names, and not hosts at another address', () => {
    const elsewhere = hostsConfig({ bastion: { address: 'b2.example.com' } });
    expect(nextRecord(before, elsewhere, learnt({}))).toEqual({ ...before, bastions: {} });
    const gone = { ...before, hosts: { ctl01, old: known('192.0.2.9:22') } };
    expect(nextRecord(gone, config, learnt({}))?.hosts).toEqual({ ctl01 });
  });

  it('is written once, in an order of its own, for everyone to read, and read back', () => {
    const record = { ...before, hosts: { wrk01: known('10.0.0.21:22'), ctl01 } };
    const next = nextRecord(record, config, learnt({ wrk01: known(`10.0.0.21:22${through}`) }));
    if (next === undefined) throw new Error('no record');
    expect(writeRecord('prod', next, folder)).toBe(true);
    const path = join(folder, 'hosts.prod.yaml');
    expect(statSync(path).mode & 0o777).toBe(0o644);
    const text = readFileSync(path, 'utf8');
    expect(text).toMatch(/^# What "make preflight" learnt/);
    expect(text.indexOf('ctl01:')).toBeLessThan(text.indexOf('wrk01:'));
    expect(readHostRecord('prod', folder)).toEqual(next);
    const { mtimeMs } = statSync(path);
    expect(writeRecord('prod', next, folder)).toBe(false);
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
  });

  it('that is none is refused with its name', () => {
    expect(readHostRecord('none', folder)).toBeUndefined();
    for (const text of ['cluster: 7\n', 'a: [\n', '']) {
      writeFileSync(join(folder, 'hosts.bad.yaml'), text);
      expect(() => readHostRecord('bad', folder)).toThrow(HostRecordError);
      expect(() => readHostRecord('bad', folder)).toThrow(/hosts\.bad\.yaml is not a record of hosts/);
    }
  });

  it('has nothing of a host that is dialled elsewhere', () => {
    const [access] = config.machinesList.flatMap(({ name, access: found }) => (name === 'ctl01' ? [found] : []));
    if (access === undefined) throw new Error('no access');
    expect(dialledAs(access)).toBe(ctl01.dialled);
    expect(recordedHost(before, 'ctl01', access)).toBe(ctl01);
    expect(recordedHost(before, 'ctl01', { ...access, port: 2222 })).toBeUndefined();
    expect(recordedHost(before, 'ctl01', { ...access, bastion: undefined })).toBeUndefined();
    expect(recordedHost(undefined, 'ctl01', access)).toBeUndefined();
  });
});
