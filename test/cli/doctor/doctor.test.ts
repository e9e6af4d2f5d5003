import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { examine } from '../../../cli/commands/doctor.ts';
import { type Computer, parseOsRelease, readComputer } from '../../../cli/doctor/computer.ts';
import { diagnose, isSupported } from '../../../cli/doctor/diagnose.ts';
import { type Plan, planFor } from '../../../cli/doctor/plan.ts';
import { doctorText } from '../../../cli/doctor/report.ts';
import { servedBytes } from '../../../cli/doctor/sizes.ts';
import { checkedConfig } from '../../../cli/prepare.ts';
import { RequestFailure } from '../../../toolchain/download/failure.ts';
import { startStandIn, useEmptyCache } from '../../toolchain/support.ts';

const cache = useEmptyCache();
const gib = 1024 ** 3;

const computer: Computer = {
  platform: 'linux',
  system: { id: 'debian', version: '13', name: 'Debian GNU/Linux 13 (trixie)' },
  architecture: 'x64',
  user: 'ann',
  root: false,
  versions: { node: '24.21.0', npm: '11.0.0', go: undefined, pulumi: undefined, kubectl: '1.36.4' },
  docker: { version: '27.5.1' },
  disk: { folder: '/home/ann/.cache/hardway', free: 100 * gib, writable: true },
  memory: { total: 16 * gib, free: 8 * gib },
  proxies: [],
  certificates: { system: true, extraReadable: true },
  passphraseSet: false,
};
const lab = { stack: 'dev', machines: 'lab', machineCount: 5 } as const;
const empty: Plan = { missing: [], present: 22, sumsToRead: 0, needed: 0, hindrances: [] };
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
  const problem = { problem: 'Docker runs rootless', fix: 'use another' };

  it('that a lab cannot use is in the way of a lab, and of nothing else', () => {
    expect(said({ docker: { problem } })).toEqual(['error: Docker runs rootless | use another']);
    expect(said({ docker: { problem } }, { ...lab, machines: 'hosts' })).toEqual([]);
  });

  it('is installed and started by "make up" where that is possible', () => {
    expect(said({ docker: { planned: 'install' } })[0]).toMatch(/^warning: .*"make up" installs/);
    expect(said({ docker: { planned: 'start' } })[0]).toMatch(/^warning: .*"make up" starts/);
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
      'warning: 2.0 GiB of memory may not be enough for 5 machines',
    ],
    [
      'a system nobody tried',
      { system: { id: 'arch', version: '', name: 'Arch' } },
      'warning: hardway is not tested on Arch',
    ],
    ['another architecture', { architecture: 'riscv64' }, 'error: this computer is riscv64'],
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

  it("is what the plan found, before the computer's warnings", () => {
    const hindrances: Plan['hindrances'] = [{ severity: 'error', message: 'aws plugin', fix: 'run it elsewhere' }];
    expect(said({ passphraseSet: true }, lab, { ...empty, hindrances })[0]).toBe(
      'error: aws plugin | run it elsewhere',
    );
  });
});

describe('the plan', () => {
  const closed = (kind: 'refused' | 'untrusted') => async (url: string) =>
    new RequestFailure(kind, new URL(url).host, 'no connection');
  const hasImage = async () => false;
  const sizeOf = async (url: string) => (/kube-proxy/.test(url) ? 45_600_000 : undefined);

  it('names what is missing with its publisher and size, asks them, and fetches nothing', async () => {
    const asked: string[] = [];
    const reachable = async (url: string) => void asked.push(new URL(url).host);
    const { missing, present, hindrances } = await planFor(checkedConfig('dev'), { reachable, sizeOf, hasImage });
    const named = (title: string) => missing.find((file) => file.title === title);
    expect(named('kube-proxy 1.36.4')).toEqual({
      ...{ title: 'kube-proxy 1.36.4', source: 'download', host: 'dl.k8s.io', megabytes: 46, exact: true },
    });
    expect(named('kube-scheduler 1.36.4')).toMatchObject({ host: 'dl.k8s.io', megabytes: 45, exact: false });
    expect(named("the lab's machine image")).toMatchObject({ source: 'download' });
    expect(asked).toContain('dl.k8s.io');
    expect(asked.length).toBeGreaterThan(10);
    expect(present + missing.length).toBeGreaterThan(15);
    expect(hindrances).toEqual([]);
    await expect(access(join(cache.path(), 'parts'))).rejects.toThrow('ENOENT');
    await expect(access(join(cache.path(), 'mirror'))).rejects.toThrow('ENOENT');
    await expect(access(join(cache.path(), 'bin'))).rejects.toThrow('ENOENT');
  });

  it("says where a mirror of one's own serves", async () => {
    process.env.HARDWAY_DOWNLOAD_BASE = 'https://mirror.example.com/files';
    const { missing } = await planFor(checkedConfig('dev'), { reachable: async () => undefined, sizeOf, hasImage });
    expect(missing.find(({ title }) => title === 'kube-proxy 1.36.4')).toMatchObject({ host: 'mirror.example.com' });
  });

  it('names the publishers that do not answer, and refuses what an update would refuse', async () => {
    const { missing, hindrances } = await planFor(checkedConfig('dev'), {
      reachable: closed('untrusted'),
      sizeOf,
      hasImage,
    });
    expect(missing.find(({ title }) => title === 'kube-proxy 1.36.4')).toBeUndefined();
    expect(hindrances[0]).toMatchObject({ severity: 'error', message: expect.stringContaining('dl.k8s.io') });
    expect(hindrances[0]?.fix).toContain('NODE_EXTRA_CA_CERTS');
    expect(hindrances.at(-1)?.message).toMatch(/^the lab's machine image is made of Debian packages, which cannot/);
  });
});

describe('a size', () => {
  it('is what the publisher says, and unknown where it does not', async () => {
    const standIn = await startStandIn();
    try {
      standIn.files.set('file', Buffer.alloc(3_000_000));
      expect(await servedBytes(`${standIn.base}/file`)).toBe(3_000_000);
      expect(await servedBytes(`${standIn.base}/none`)).toBeUndefined();
    } finally {
      await standIn.close();
    }
    expect(await servedBytes(`${standIn.base}/file`)).toBeUndefined();
  });
});

describe('the report', () => {
  it('fits on a screen, and has a next step for each obstacle', () => {
    const kubelet = {
      title: 'kubelet 1.36.4',
      source: 'download',
      host: 'dl.k8s.io',
      megabytes: 60,
      exact: true,
    } as const;
    const missing = [kubelet, { ...kubelet, title: 'kubectl 1.36.4', megabytes: 58 }, built];
    const hindrance = { severity: 'error', message: 'there is no Go', fix: 'install it' } as const;
    const plan: Plan = { ...empty, missing, sumsToRead: 3, hindrances: [hindrance] };
    const here = { ...computer, proxies: ['HTTPS_PROXY'], passphraseSet: true };
    const hindrances = diagnose(here, lab, plan);
    const text = doctorText({ computer: here, wanted: lab, plan, hindrances });
    expect(text).toContain('computer  Debian GNU/Linux 13 (trixie), amd64 (supported); ann, not root');
    expect(text).toContain('docker    27.5.1, engine of this computer');
    expect(text).toContain('to download, 118 MB:\n  dl.k8s.io (118 MB): kubelet, kubectl 1.36.4\n');
    expect(text).toContain('to build here, about 5 min:\n  its publisher cannot be reached (5 min): etcd 3.7.3');
    expect(text).toContain('the checksums of 3 files that machines fetch');
    expect(text).toContain('network   proxy by HTTPS_PROXY');
    expect(text.match(/^ {2}Fix: /gm)).toHaveLength(hindrances.length);
    expect(text).toMatch(/1 error stands in the way$/);
    expect(text.split('\n').length).toBeLessThan(30);
  });

  it('says that a size is an estimate, and that nothing is missing', () => {
    const rough = { title: 'x', source: 'download', host: 'h', megabytes: 3, exact: false } as const;
    const textOf = (plan: Plan) => doctorText({ computer, wanted: lab, plan, hindrances: [] });
    expect(textOf({ ...empty, missing: [rough] })).toContain('to download, about 3 MB:\n  h (about 3 MB): x\n');
    expect(textOf(empty)).toMatch(/nothing to download: .*\(22 packages\)\nno errors: "make up" can start$/);
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
