import { describe, expect, it } from '@jest/globals';
import { parseMetadata, snapshotProblems } from '../../../cli/backup/metadata.ts';

const sum = 'a'.repeat(64);
const metadata = {
  taken: '2026-11-25T12:00:00Z',
  member: 'ctl01',
  sha256: sum,
  cluster: 'dev/hardway/0a1b2c3d',
  encryption: 'aescbc 0123456789ab',
  kubernetes: '1.36.4',
  etcd: '3.6.14',
  members: ['ctl01'],
  status: { hash: 1, revision: 2036, totalKey: 300, totalSize: 2_000_000, version: '' },
  kubeSystem: 'b2b9ae5c-3b56-4a0b-b3a5-5f2b3c0c2d11',
  nodes: { wrk01: 'c2b9ae5c-3b56-4a0b-b3a5-5f2b3c0c2d11' },
};
const target = { cluster: metadata.cluster, encryption: metadata.encryption, etcd: '3.7.3', kubernetes: '1.37.1' };
const snapshot = parseMetadata(JSON.stringify(metadata));

describe('what is known of a snapshot', () => {
  it('is read as it was written', () => {
    expect(snapshot).toMatchObject({ member: 'ctl01', status: { revision: 2036 } });
  });

  it.each([
    ['{', 'it is not JSON'],
    ['{}', 'taken: '],
    [JSON.stringify({ ...metadata, sha256: 'x' }), 'sha256: '],
  ])('is refused where it is something else: %s', (text, said) => {
    expect(() => parseMetadata(text)).toThrow(said);
  });
});

describe('a snapshot', () => {
  it('may be restored into its own cluster, also by newer versions', () => {
    expect(snapshotProblems(snapshot, sum, target)).toEqual([]);
  });

  it.each([
    ['is damaged', snapshot, 'b'.repeat(64), 'cut or damaged'],
    ['is of another cluster', { ...snapshot, cluster: 'two/hardway/1' }, sum, 'it is of the cluster two/hardway/1'],
    ['has Secrets of another key', { ...snapshot, encryption: 'secretbox ff' }, sum, 'could not be read'],
    ['is of a newer etcd', { ...snapshot, etcd: '3.8.0' }, sum, 'set hardway:etcdVersion to 3.8.0'],
    ['is of a newer Kubernetes', { ...snapshot, kubernetes: '1.38.0' }, sum, 'set hardway:kubernetesVersion to 1.38.0'],
  ])('may not where it %s', (_, given, seen, said) => {
    const problems = snapshotProblems(given, seen, target);
    expect(problems).toEqual([expect.stringContaining(said)]);
    expect(problems[0]).toContain('Fix: ');
  });

  it('is refused for every reason at once', () => {
    expect(snapshotProblems({ ...snapshot, cluster: 'x', encryption: 'y', etcd: '4.0.0' }, '', target)).toHaveLength(4);
  });
});
