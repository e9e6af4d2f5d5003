import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  type Computer,
  dockerKind,
  parseOsRelease,
  readComputer,
  readDockerInfo,
} from '../../../cli/doctor/computer.ts';
import { diagnose, isSupported } from '../../../cli/doctor/diagnose.ts';
import { type Plan, planFor } from '../../../cli/doctor/plan.ts';
import { doctorText } from '../../../cli/doctor/report.ts';
import { examine } from '../../../cli/doctor/run.ts';
import { checkedConfig } from '../../../cli/prepare.ts';
import { useEmptyCache } from '../../toolchain/support.ts';

const cache = useEmptyCache();
const gib = 1024 ** 3;

const computer: Computer = {
  platform: 'linux',
  system: { id: 'debian', version: '13', name: 'Debian GNU/Linux 13 (trixie)' },
  architecture: 'x64',
  user: 'ann',
  root: false,
  versions: { node: '24.21.0', npm: '11.0.0', go: undefined, pulumi: undefined, kubectl: '1.36.4' },
  docker: { kind: 'local', detail: '27.5.1' },
  disk: { folder: '/home/ann/.cache/hardway', free: 100 * gib, writable: true },
  memory: { total: 16 * gib, free: 8 * gib },
  proxies: [],
  proxyHonoured: false,
  certificates: { system: true, extraReadable: true },
  passphraseSet: false,
};
const lab = { stack: 'dev', machines: 'lab', machineCount: 5 } as const;
const empty: Plan = { missing: [], present: 22, needed: 0, unobtainable: [] };
const built = { title: 'etcd 3.7.3', source: 'build', seconds: 300, why: 'its publisher cannot be reached' } as const;
const said = (changes: Partial<Computer>, wanted: Parameters<typeof diagnose>[1] = lab, plan = empty) =>
  diagnose({ ...computer, ...changes }, wanted, plan).map(
    ({ severity, message, fix }) => `${severity}: ${message} | ${fix}`,
  );

describe('a system', () => {
  const os = (id: string, version: string) => ({ ...computer, system: { id, version, name: id } });

  it.each([
    ['debian', '12', true],
    ['debian', '13', true],
    ['debian', '11', false],
    ['ubuntu', '22.04', true],
    ['ubuntu', '24.04', true],
    ['ubuntu', '20.04', false],
    ['fedora', '43', true],
    ['macos', '15.1', true],
    ['alpine', '3.20', false],
  ])('%s %s: supported %s, on both architectures', (id, version, supported) => {
    expect(isSupported(os(id, version))).toBe(supported);
    expect(isSupported({ ...os(id, version), architecture: 'arm64' })).toBe(supported);
    expect(isSupported({ ...os(id, version), architecture: 'riscv64' })).toBe(false);
  });

  it('is read from /etc/os-release, quoted or not', () => {
    expect(parseOsRelease('PRETTY_NAME="Ubuntu 24.04.1 LTS"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n')).toEqual(
      {
        id: 'ubuntu',
        version: '24.04',
        name: 'Ubuntu 24.04.1 LTS',
      },
    );
    expect(parseOsRelease('ID=fedora\nVERSION_ID=43\n')).toEqual({ id: 'fedora', version: '43', name: 'Linux' });
  });
});

describe('an engine', () => {
  it.each([
    ['local', {}, 'unix:///var/run/docker.sock'],
    ['desktop', { OperatingSystem: 'Docker Desktop' }, 'unix:///home/ann/.docker/desktop/docker.sock'],
    ['rootless', { SecurityOptions: ['name=seccomp', 'name=rootless'] }, 'unix:///run/user/1000/docker.sock'],
    ['remote', {}, 'ssh://build@elsewhere'],
    ['remote', {}, 'tcp://10.0.0.1:2376'],
  ])('is told as %s', (kind, info, host) => {
    expect(dockerKind(info, host)).toBe(kind);
  });

  it.each([
    ['none', 'error: Docker is not installed'],
    ['silent', 'error: no Docker engine answers'],
    ['forbidden', 'error: ann may not use Docker | usermod -aG docker ann'],
    ['desktop', 'error: Docker Desktop runs the engine in a virtual machine'],
    ['rootless', 'error: the Docker engine is rootless'],
    ['remote', 'error: the Docker client talks to another computer'],
  ] as const)('that is %s is in the way of a lab, and of nothing else', (kind, message) => {
    expect(said({ docker: { kind, detail: 'x' } })).toEqual([expect.stringContaining(message)]);
    expect(said({ docker: { kind, detail: 'x' } }, { ...lab, machines: 'hosts' })).toEqual([]);
  });

  it('that does not answer says why, in its JSON or beside it', () => {
    const refused = 'permission denied while trying to connect to the Docker daemon socket';
    const printed = JSON.stringify({ ServerErrors: [refused], ServerVersion: '' });
    expect(readDockerInfo(printed, '', '')).toEqual({ kind: 'forbidden', detail: refused });
    expect(readDockerInfo('', 'a line\nCannot connect to the Docker daemon', '')).toEqual({
      kind: 'silent',
      detail: 'Cannot connect to the Docker daemon',
    });
    expect(readDockerInfo('{"ServerVersion":"27.5.1"}', '', '')).toEqual({ kind: 'local', detail: '27.5.1' });
  });

  it('is installed and started by root', () => {
    expect(said({ root: true, docker: { kind: 'none', detail: '' } })[0]).toMatch(/^warning: .*"make up" installs/);
    expect(said({ root: true, docker: { kind: 'silent', detail: '' } })[0]).toMatch(/^warning: .*"make up" starts/);
  });
});

describe('what stands in the way', () => {
  it('is nothing on a computer that has all', () => {
    expect(said({})).toEqual([]);
  });

  it.each([
    ['a lab on macOS', { platform: 'darwin', system: { id: 'macos', version: '15', name: 'macOS' } }, 'needs Linux'],
    [
      'little memory',
      { memory: { total: 2 * gib, free: gib } },
      'warning: 2.0 GiB of memory are little for 5 machines',
    ],
    ['a system nobody tried', { system: { id: 'arch', version: '', name: 'Arch' } }, 'warning: Arch is none of'],
    ['another architecture', { architecture: 'riscv64' }, 'error: this computer is riscv64'],
    [
      'a proxy that Node.js leaves aside',
      { proxies: ['https_proxy'] },
      'warning: https_proxy is set, and this Node.js',
    ],
    [
      'a certificate file that is not there',
      { certificates: { system: true, extra: '/x.pem', extraReadable: false } },
      'error: NODE_EXTRA_CA_CERTS names /x.pem, which cannot be read',
    ],
    ['a passphrase', { passphraseSet: true }, 'warning: PULUMI_CONFIG_PASSPHRASE is set'],
  ])('is %s', (_, changes, message) => {
    expect(said(changes)).toEqual([expect.stringContaining(message)]);
  });

  it('is a disk or a cache only where something is to be put there', () => {
    const disk = { folder: '/c', free: gib, writable: false };
    expect(said({ disk })).toEqual([]);
    const plan = { ...empty, missing: [{ title: 'x', source: 'download' as const }], needed: 2 * gib };
    expect(said({ disk }, lab, plan)).toEqual([
      expect.stringContaining('error: the cache /c is not writable'),
      expect.stringContaining('error: /c has 1.0 GiB free, and what is missing takes up to 2.0 GiB'),
    ]);
  });

  it('is a build without Go, and the minutes of one with it', () => {
    const plan = { ...empty, missing: [{ ...built, unreachable: 'github.com' }] };
    expect(said({}, lab, plan)).toEqual([
      expect.stringMatching(/^error: 1 parts would have to be built .*there is no Go/),
    ]);
    const versions = { ...computer.versions, go: '1.26.8' };
    expect(said({ versions }, lab, plan)).toEqual([
      expect.stringContaining(
        'warning: github.com cannot be reached: what comes from there is built here (about 5 min)',
      ),
    ]);
    expect(said({ versions }, lab, { ...empty, missing: [built] })).toEqual([]);
  });

  it('is what cannot be had, with its own way on, before all warnings', () => {
    const plan = {
      ...empty,
      unobtainable: ['aws plugin: get.pulumi.com cannot be reached\n  next step: run it elsewhere'],
    };
    expect(said({ passphraseSet: true }, lab, plan)[0]).toBe(
      'error: aws plugin: get.pulumi.com cannot be reached | run it elsewhere',
    );
  });
});

describe('the plan', () => {
  it('names what is missing with its publisher and size, asks them, and fetches nothing', async () => {
    const asked: string[] = [];
    const answer = async (url: string) => asked.push(new URL(url).host) > 0;
    const { missing, present } = await planFor(checkedConfig('dev'), answer);
    expect(missing.find(({ title }) => title === 'kube-proxy 1.36.4')).toMatchObject({
      source: 'download',
      host: 'dl.k8s.io',
      megabytes: 45,
    });
    expect(missing.map(({ title }) => title)).toContain("the lab's machine image");
    expect(asked).toContain('dl.k8s.io');
    expect(present + missing.length).toBeGreaterThan(15);
    await expect(access(join(cache.path(), 'parts'))).rejects.toThrow('ENOENT');
    await expect(access(join(cache.path(), 'bin'))).rejects.toThrow('ENOENT');
  });

  it('names the publishers that do not answer', async () => {
    const { missing } = await planFor(checkedConfig('dev'), async () => false);
    expect(missing.find(({ title }) => title === 'kube-proxy 1.36.4')).toMatchObject({
      source: 'build',
      unreachable: 'dl.k8s.io',
    });
  });
});

describe('the report', () => {
  it('fits on a screen, and has a next step for each obstacle', () => {
    const plan: Plan = {
      ...empty,
      missing: [{ title: 'kubelet 1.36.4', source: 'download', host: 'dl.k8s.io', megabytes: 60 }, built],
    };
    const obstacles = diagnose({ ...computer, proxies: ['HTTPS_PROXY'] }, lab, plan);
    const text = doctorText({ computer: { ...computer, proxies: ['HTTPS_PROXY'] }, wanted: lab, plan, obstacles });
    expect(text).toContain('computer  Debian GNU/Linux 13 (trixie), amd64 (supported); ann, not root');
    expect(text).toContain('to download, about 60 MB:\n  dl.k8s.io: kubelet 1.36.4 (60 MB)');
    expect(text).toContain('to build here, about 5 min:\n  its publisher cannot be reached: etcd 3.7.3 (5 min)');
    expect(text).toContain('network   proxy by HTTPS_PROXY');
    expect(text.match(/^ {2}Fix: /gm)).toHaveLength(obstacles.length);
    expect(text).toMatch(/1 error stands in the way$/);
    expect(text.split('\n').length).toBeLessThan(30);
  });

  it('is made of this very computer, and says what is wrong with a stack that has no file', async () => {
    const found = await readComputer({ PULUMI_CONFIG_PASSPHRASE: '', https_proxy: 'http://u:hunter2@x' });
    expect(found).toMatchObject({ platform: process.platform, passphraseSet: true, proxies: ['https_proxy'] });
    expect(JSON.stringify(found)).not.toContain('hunter2');
    const report = await examine('no-such-stack');
    expect(report.plan).toBeUndefined();
    expect(doctorText(report)).toContain('error: there is no Pulumi.no-such-stack.yaml\n  Fix: check the name');
  });
});
