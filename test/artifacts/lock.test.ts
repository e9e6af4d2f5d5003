import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  artifact,
  knownArchitectures,
  knownVersions,
  mirrorUrl,
  overlay,
  parseLock,
  publishedSum,
  readLock,
} from '../../artifacts/lock.ts';
import { artifactsFor, artifactsForMachine } from '../../artifacts/required.ts';
import { machineNamed } from '../../config/schema.ts';
import { lock, resolved } from '../config/support.ts';

const sum = (digit: string) => digit.repeat(64);
const kubelet = {
  id: 'kubernetes/kubelet@1.36.4/amd64',
  name: 'kubelet',
  group: 'kubernetes',
  version: '1.36.4',
  arch: 'amd64',
  kind: 'file',
  url: 'https://dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubelet',
  sha256: sum('a'),
};

describe('the lock', () => {
  it('refuses what is not one, and says where', () => {
    expect(() => parseLock({ artifacts: [{ ...kubelet, sha256: 'abc' }] }, 'the lock')).toThrow(
      /the lock is not valid.*artifacts\[0\]\.sha256/s,
    );
    expect(() => parseLock({ artifacts: [kubelet, kubelet] })).toThrow('lists kubernetes/kubelet@1.36.4/amd64 twice');
    expect(() => parseLock({ artifacts: [{ ...kubelet, sum: 1 }] })).toThrow('sum');
  });

  it('takes the sums of what was built here', () => {
    const built = {
      [kubelet.id]: { sha256: sum('b'), source: 'build' },
      'gone@1/amd64': { sha256: sum('c'), source: 'download' },
    };
    const [found] = overlay(parseLock({ artifacts: [kubelet] }), built).artifacts;
    expect(found).toMatchObject({ id: kubelet.id, sha256: sum('b'), source: 'build' });
    expect(() => overlay(lock, { [kubelet.id]: { sha256: 'x', source: 'build' } }, 'the list')).toThrow(
      'the list is not valid',
    );
  });

  it('never takes the sum of what was built here for the publisher’s', () => {
    const sumOf = (pinned: string | null, own: object) => {
      const [found] = overlay(parseLock({ artifacts: [{ ...kubelet, sha256: pinned }] }), {
        [kubelet.id]: own,
      }).artifacts;
      return found && publishedSum(found);
    };
    const built = { sha256: sum('b'), source: 'build' };
    expect(sumOf(sum('a'), built)).toBe(sum('a'));
    expect(sumOf(null, built)).toBeNull();
    expect(sumOf(null, { ...built, published: sum('c') })).toBe(sum('c'));
    expect(sumOf(null, { published: sum('c') })).toBe(sum('c'));
    expect(sumOf(null, { sha256: sum('d'), source: 'download' })).toBe(sum('d'));
  });

  it('finds an artifact, or says what there is', () => {
    expect(artifact(lock, 'kubelet', '1.36.3', 'arm64').id).toBe('kubernetes/kubelet@1.36.3/arm64');
    expect(() => artifact(lock, 'kubelet', '1.37.1', 'arm64')).toThrow(
      'the artifact lock has no kubelet 1.37.1 for arm64; it has 1.36.4 for amd64, 1.36.3 for amd64, 1.37.1 for amd64, 1.36.4 for arm64, 1.36.3 for arm64',
    );
    expect(() => artifact(lock, 'weave', '1', 'amd64')).toThrow('it has none of that name');
    expect(knownVersions(lock, 'kubelet', 'arm64')).toEqual(['1.36.4', '1.36.3']);
    expect(knownArchitectures(lock)).toEqual(['amd64', 'arm64']);
  });
});

describe('the lock on disk', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hardway-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read with what was provided over it, once something was', () => {
    const [lockFile, providedFile] = [join(folder, 'lock.json'), join(folder, 'provided.json')];
    writeFileSync(lockFile, JSON.stringify({ artifacts: [kubelet] }));
    expect(readLock(lockFile, providedFile).artifacts[0]?.sha256).toBe(sum('a'));
    writeFileSync(providedFile, JSON.stringify({ [kubelet.id]: { sha256: sum('b'), source: 'build' } }));
    expect(readLock(lockFile, providedFile).artifacts[0]?.sha256).toBe(sum('b'));
    writeFileSync(lockFile, '{');
    expect(() => readLock(lockFile, providedFile)).toThrow(`cannot read ${lockFile}`);
  });
});

describe('what a cluster needs', () => {
  const names = (ids: readonly { name: string }[]) => ids.map(({ name }) => name).sort();

  it('is by role', () => {
    const config = resolved({ etcdMembers: ['etcd01'] });
    const of = (name: string) => names(artifactsForMachine(config, lock, machineNamed(config, name)));
    expect(of('kubelb')).toEqual([]);
    expect(of('etcd01')).toEqual(['etcd']);
    expect(of('ctl01')).toEqual(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl']);
    expect(of('wrk01')).toEqual([
      'cni-plugins',
      'containerd',
      'coredns',
      'crictl',
      'kube-proxy',
      'kubectl',
      'kubelet',
      'pause',
      'runc',
    ]);
  });

  it('is each artifact once, for each architecture in use', () => {
    const ids = artifactsFor(
      resolved({ workers: ['wrk01', 'wrk02', { name: 'wrk03', architecture: 'arm64' }] }),
      lock,
    ).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('kubernetes/kubelet@1.36.4/arm64');
    expect(ids).toContain('kubernetes/kube-apiserver@1.36.4/amd64');
    expect(ids).not.toContain('kubernetes/kube-apiserver@1.36.4/arm64');
  });

  it('is of the versions that are asked for', () => {
    const ids = artifactsFor(resolved({ kubernetesVersion: '1.37.1' }), lock).map(({ id }) => id);
    expect(ids.filter((id) => id.startsWith('kubernetes/')).every((id) => id.includes('@1.37.1/'))).toBe(true);
  });
});

describe('a mirror', () => {
  it.each(['http://10.89.0.254', 'http://10.89.0.254/'])('at %s has what the publishers have', (mirror) => {
    expect(mirrorUrl(mirror, kubelet.url)).toBe('http://10.89.0.254/dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubelet');
  });

  it('may lie below a path, or be none', () => {
    expect(mirrorUrl('https://mirror.example.com/k8s', kubelet.url)).toBe(
      'https://mirror.example.com/k8s/dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubelet',
    );
    expect(mirrorUrl('', kubelet.url)).toBe(kubelet.url);
  });
});
