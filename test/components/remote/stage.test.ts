import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StagedArtifact } from '../../../components/remote/bundle.ts';
import { FakeMachine } from './fake-machine.ts';

const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const binary = Buffer.from('#!/bin/sh\necho runc\n'.padEnd(200_000, '#'));

/** What the mirror answers, by path; a function answers by itself. */
let answers: Record<string, Buffer | ((response: ServerResponse) => void)> = {};
let requests: string[] = [];
const mirror = createServer((request, response) => {
  const path = request.url ?? '';
  requests.push(path);
  const answer = answers[path];
  if (typeof answer === 'function') answer(response);
  else response.writeHead(answer ? 200 : 404, { 'content-length': answer?.length ?? 0 }).end(answer);
});
let base = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
});
afterAll(() => {
  mirror.closeAllConnections();
  mirror.close();
});

let machine: FakeMachine;
let archive: Buffer;
beforeEach(() => {
  machine = new FakeMachine();
  for (const name of ['etcd', 'etcdctl', 'README']) machine.write(`/src/etcd-v3/${name}`, `${name} itself`);
  execFileSync('tar', ['-czf', machine.at('/src.tar.gz'), '-C', machine.at('/src'), 'etcd-v3']);
  archive = readFileSync(machine.at('/src.tar.gz'));
  answers = { '/host/runc.amd64': binary, '/host/etcd.tar.gz': archive };
  requests = [];
});
afterEach(() => machine.remove());

const runc = (): StagedArtifact => ({
  ...{ name: 'runc', version: '1.5.2', url: `${base}/host/runc.amd64`, sha256: sum(binary) },
  ...{ archive: false, members: { runc: 'runc' } },
});
const etcd = (): StagedArtifact => ({
  ...{ name: 'etcd', version: '3.7.3', url: `${base}/host/etcd.tar.gz`, sha256: sum(archive), archive: true },
  members: { etcd: 'etcd-v3/etcd', etcdctl: 'etcd-v3/etcdctl' },
});

const fine = { status: 0, stderr: '' };
const stage = async (...artifacts: StagedArtifact[]) => machine.run(await machine.staging(artifacts));
const folder = (path: string) => readdirSync(machine.at(path)).filter((name) => !name.startsWith('.'));

/** Expects that nothing of a name was put in place, and nothing half done is left. */
const expectNothingOf = (name: string) => {
  expect(machine.has(`/opt/hardway/runc/1.5.2/${name}`)).toBe(false);
  expect(readdirSync(machine.at('/opt/hardway')).filter((one) => one.startsWith('.fetch'))).toEqual([]);
};

describe('staging', () => {
  it('installs a plain binary under its own name, ready to run', async () => {
    expect(await stage(runc())).toEqual(fine);
    expect(readFileSync(machine.at('/opt/hardway/runc/1.5.2/runc')).equals(binary)).toBe(true);
    expect(statSync(machine.at('/opt/hardway/runc/1.5.2/runc')).mode & 0o777).toBe(0o755);
  });

  it('waits for the end of a first boot, and goes on whatever came of that', async () => {
    machine.command(
      'cloud-init',
      '#!/bin/sh\necho "$* before $(ls "$ROOT/opt/hardway" 2>/dev/null)" >>"$ROOT/calls"; exit 2\n',
    );
    expect(await stage(runc())).toEqual(fine);
    expect(machine.read('/calls')).toBe('status --wait before \n');
    expect(machine.has('/opt/hardway/runc/1.5.2/runc')).toBe(true);
  });

  it('takes the named members out of an archive and nothing else', async () => {
    expect(await stage(etcd())).toEqual(fine);
    expect(folder('/opt/hardway/etcd/3.7.3')).toEqual(['etcd', 'etcdctl']);
    expect(machine.read('/opt/hardway/etcd/3.7.3/etcd')).toBe('etcd itself');
  });

  it('fetches nothing twice', async () => {
    await stage(runc(), etcd());
    requests = [];
    expect(await stage(runc(), etcd())).toEqual(fine);
    expect(requests).toEqual([]);
  });

  it('puts a new version beside the old one', async () => {
    await stage(runc());
    await stage({ ...runc(), version: '1.5.3' });
    expect(folder('/opt/hardway/runc')).toEqual(['1.5.2', '1.5.3']);
  });

  it('fetches again what is wanted with another sum', async () => {
    await stage(runc());
    const other = Buffer.from('another build');
    answers['/host/runc.amd64'] = other;
    expect(await stage({ ...runc(), sha256: sum(other) })).toEqual(fine);
    expect(machine.read('/opt/hardway/runc/1.5.2/runc')).toBe('another build');
  });

  it.each<[string, (path: string) => void]>([
    ['was cut short', (path) => truncateSync(path, 10)],
    ['was written to', (path) => appendFileSync(path, 'more')],
    ['is empty', (path) => writeFileSync(path, '')],
    ['cannot be run', (path) => void execFileSync('chmod', ['644', path])],
    ['is gone', (path) => void execFileSync('rm', [path])],
  ])('repairs a file that %s', async (_, damage) => {
    await stage(runc(), etcd());
    damage(machine.at('/opt/hardway/etcd/3.7.3/etcdctl'));
    requests = [];
    expect(await stage(runc(), etcd())).toEqual(fine);
    expect(requests).toEqual(['/host/etcd.tar.gz']);
    expect(machine.read('/opt/hardway/etcd/3.7.3/etcdctl')).toBe('etcdctl itself');
    expect(statSync(machine.at('/opt/hardway/etcd/3.7.3/etcdctl')).mode & 0o777).toBe(0o755);
  });
});

describe('staging that fails', () => {
  it('on another sum shows both and installs nothing', async () => {
    answers['/host/runc.amd64'] = Buffer.from('something else');
    const { status, stderr } = await stage(runc());
    expect(status).toBe(1);
    expect(stderr).toContain(
      `box: staging: runc 1.5.2 from ${base}/host/runc.amd64 has SHA-256 ${sum(Buffer.from('something else'))}, ` +
        `the lock says ${sum(binary)}. Nothing was installed.`,
    );
    expectNothingOf('runc');
  });

  it('on a file the mirror does not have names its address, and goes on from there', async () => {
    delete answers['/host/etcd.tar.gz'];
    const { status, stderr } = await stage(runc(), etcd());
    expect(status).toBe(1);
    expect(stderr).toContain(`box: staging: etcd 3.7.3 could not be fetched from ${base}/host/etcd.tar.gz: curl: (22)`);
    expect(stderr).toContain('404');
    answers['/host/etcd.tar.gz'] = archive;
    requests = [];
    expect(await stage(runc(), etcd())).toEqual(fine);
    expect(requests).toEqual(['/host/etcd.tar.gz']);
  });

  it('on a body that ends early installs nothing', async () => {
    answers['/host/runc.amd64'] = (response) => {
      response.writeHead(200, { 'content-length': binary.length });
      response.write(binary.subarray(0, 1000), () => response.destroy());
    };
    const { status, stderr } = await stage(runc());
    expect(status).toBe(1);
    expect(stderr).toContain(`could not be fetched from ${base}/host/runc.amd64: curl: (18)`);
    expectNothingOf('runc');
  });

  it('on a mirror that is not there says so', async () => {
    const { status, stderr } = await stage({ ...runc(), url: 'http://127.0.0.1:1/runc' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/runc 1\.5\.2 could not be fetched from http:\/\/127\.0\.0\.1:1\/runc: curl: \(7\) .*\n$/);
  });

  it('on an archive without a member names the member', async () => {
    const { status, stderr } = await stage({ ...etcd(), members: { etcd: 'etcd-v4/etcd' } });
    expect(status).toBe(1);
    expect(stderr).toContain(`etcd 3.7.3 from ${base}/host/etcd.tar.gz holds no etcd-v4/etcd`);
  });

  it('on an archive that is none says so', async () => {
    answers['/host/etcd.tar.gz'] = binary;
    const { status, stderr } = await stage({ ...etcd(), sha256: sum(binary) });
    expect(status).toBe(1);
    expect(stderr).toContain('box: staging: etcd 3.7.3 could not be unpacked');
  });

  it('on a full disk says so with the free space, and installs nothing', async () => {
    // A limit of 32 KiB a file in place of a full disk.
    const bundle = await machine.staging([runc()]);
    const { status, stderr } = await machine.shell(`trap '' XFSZ; ulimit -f 64; exec sh ${bundle}/apply.sh`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/box: staging: runc 1\.5\.2 could not be fetched from .*curl: \(23\).* Free space here: \d/);
    expectNothingOf('runc');
  });

  it('before it has begun still names the machine', async () => {
    machine.write('/opt/hardway', 'a file in the way');
    const { status, stderr } = await stage(runc());
    expect(status).toBe(1);
    expect(stderr).toContain('box: staging: stopped halfway');
  });
});

describe('staging that is interrupted', () => {
  const interrupted = async (signal: NodeJS.Signals) => {
    const bundle = await machine.staging([runc()]);
    const asked = new Promise<void>((resolve) => {
      answers['/host/runc.amd64'] = (response) => {
        response.writeHead(200, { 'content-length': binary.length });
        response.write(binary.subarray(0, 1000), () => resolve());
      };
    });
    const child = spawn('sh', [join(bundle, 'apply.sh')], { detached: true, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    await asked;
    process.kill(-(child.pid ?? 0), signal);
    await ended;
    expect(machine.has('/opt/hardway/runc/1.5.2/runc')).toBe(false);
    answers['/host/runc.amd64'] = binary;
  };

  it('by a power cut leaves no half file that counts, and the next run tidies up', async () => {
    await interrupted('SIGKILL');
    expect(await stage(runc())).toEqual(fine);
    expectNothingOf('something else');
    expect(folder('/opt/hardway/runc/1.5.2')).toEqual(['runc']);
  });

  it('by its time limit tidies up by itself', async () => {
    await interrupted('SIGTERM');
    expectNothingOf('runc');
  });

  it('between a binary and its record fetches it again', async () => {
    mkdirSync(dirname(machine.at('/opt/hardway/runc/1.5.2/runc')), { recursive: true });
    machine.write('/opt/hardway/runc/1.5.2/runc', 'who knows');
    execFileSync('chmod', ['755', machine.at('/opt/hardway/runc/1.5.2/runc')]);
    expect(await stage(runc())).toEqual(fine);
    expect(requests).toEqual(['/host/runc.amd64']);
  });
});
