import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { MockAgent } from 'undici';
import { readCommittedLock } from '../../artifacts/lock.ts';
import { kubernetesBinaries, lockedVersions } from '../../artifacts/publishers.ts';
import { parseLock, readLock, selectArtifacts } from '../../toolchain/artifacts.ts';
import {
  kubernetesBuild,
  stagingModules,
  stagingVersion,
  versionFlags,
} from '../../toolchain/build/recipes/kubernetes.ts';
import { imagesDir, mirrorDir } from '../../toolchain/cache/paths.ts';
import { replaceNetwork } from '../../toolchain/download/http.ts';
import { addVersions, formatLock, renderLock, updateLock, versionsOf } from '../../toolchain/lock-update.ts';
import { artifactPackage, mergePackages, recipes, sortArtifacts } from '../../toolchain/plan/artifact-packages.ts';
import { toolPackages } from '../../toolchain/plan/tools.ts';
import { sha256, useEmptyCache } from './support.ts';

const cache = useEmptyCache();
const committed = await readLock();
const whole = readCommittedLock();

describe('the committed lock', () => {
  it('has every locked version for both architectures, each with a recipe', () => {
    const namesOf: Record<string, string[]> = { kubernetes: kubernetesBinaries, weave: ['weave-kube', 'weave-npc'] };
    for (const [group, versions] of Object.entries(lockedVersions)) {
      for (const version of versions) {
        for (const arch of ['amd64', 'arm64']) {
          const found = committed.filter(
            (entry) => entry.group === group && entry.version === version && entry.arch === arch,
          );
          expect(found.map((entry) => entry.name)).toEqual(namesOf[group] ?? [group]);
        }
      }
      expect(recipes[group]).toBeDefined();
    }
  });

  it('is what the publishers table says', () => {
    expect(renderLock(versionsOf(committed), committed)).toEqual(committed);
  });

  it('has a checksum, or says where its publisher puts one, for every file', () => {
    const unknown = committed.filter((entry) => entry.kind === 'file' && !entry.sha256 && !entry.checksumUrl);
    expect(unknown).toEqual([]);
  });

  it('has no id and no mirror path twice for one architecture', () => {
    expect(new Set(committed.map((entry) => entry.id)).size).toBe(committed.length);
    const paths = committed
      .filter((entry) => entry.arch === 'amd64')
      .map((entry) => artifactPackage(entry).links[0]?.path);
    expect(new Set(paths).size).toBe(paths.length);
  });
});

describe('parseLock', () => {
  it('names the entry and the rule', () => {
    const [first] = committed;
    expect(() => parseLock(JSON.stringify({ artifacts: [{ ...first, sha256: 'abc' }] }))).toThrow(
      /artifacts\[0\].sha256/,
    );
    expect(() => parseLock(JSON.stringify({ artifacts: [{ ...first, colour: 'red' }] }))).toThrow(/colour/);
  });
});

describe('selectArtifacts', () => {
  it('finds ids, and images by their reference', () => {
    const ids = ['runc/runc@1.5.2/amd64', 'registry.hardway.local/smoke:1'];
    expect(selectArtifacts(committed, ids).map((entry) => entry.name)).toEqual(['runc', 'smoke']);
  });

  it('says what there is in place of an unknown version', () => {
    expect(() => selectArtifacts(committed, ['etcd/etcd@9.9.9/amd64'])).toThrow(
      /no artifact "etcd\/etcd@9.9.9\/amd64" \(it has etcd\/etcd@3.7.3\/amd64, etcd\/etcd@3.7.3\/arm64, .*\).*Fix: .*make lock ADD=/s,
    );
  });
});

describe('updateLock', () => {
  it('adds a version and takes the sums from the publishers, keeping the pinned ones', async () => {
    const sum = sha256('runc');
    const network = new MockAgent();
    network.disableNetConnect();
    const answers = network.get('https://github.com').intercept({ path: /runc\.sha256sum$/ });
    answers.reply(200, `${sum}  runc.amd64\n`).persist();
    replaceNetwork(network);
    const artifacts = committed.map((entry) => (entry.group === 'etcd' ? { ...entry, sha256: 'e'.repeat(64) } : entry));
    const path = join(cache.path(), 'lock.json');
    const { failures } = await updateLock(path, { artifacts, tools: [] }, ['runc=1.6.0']);
    replaceNetwork(undefined);
    const written = parseLock(await readFile(path, 'utf8'));
    const sums = new Map(written.map((entry) => [entry.id, entry.sha256]));
    expect(sums.get('runc/runc@1.6.0/amd64')).toBe(sum);
    expect(sums.get('etcd/etcd@3.7.3/amd64')).toBe('e'.repeat(64));
    expect(sums.get('runc/runc@1.6.0/arm64')).toBeNull();
    expect(failures.find((line) => line.startsWith('runc/runc@1.6.0/arm64'))).toMatch(/does not list runc.arm64/);
    expect(formatLock({ artifacts: written, tools: readCommittedLock(path).tools })).toBe(await readFile(path, 'utf8'));
  });

  it('refuses what is not group=version', () => {
    expect(() => addVersions({}, ['runk=1.0.0'])).toThrow(/"runk=1.0.0" is not <group>=<version>/);
  });
});

describe('parts', () => {
  it('lie where the mirror serves them', () => {
    const path = (id: string) =>
      artifactPackage(selectArtifacts(committed, [id])[0] as (typeof committed)[0]).links[0]?.path;
    expect(path('kubernetes/kubelet@1.36.4/amd64')).toBe(
      join(mirrorDir(), 'dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubelet'),
    );
    expect(path('coredns/coredns@1.14.7/amd64')).toBe(join(imagesDir(), 'registry.k8s.io/coredns/coredns_v1.14.7.tar'));
  });

  it('make kubectl once for both of its uses', async () => {
    const kubectl = committed.filter(
      (entry) => entry.id === `kubernetes/kubectl@1.36.4/${process.arch === 'x64' ? 'amd64' : 'arm64'}`,
    );
    const tools = await toolPackages('1.36.4', whole);
    const merged = mergePackages([...tools, ...kubectl.map(artifactPackage)]);
    expect(merged).toHaveLength(tools.length);
    const pkg = merged.find((entry) => entry.title === 'kubectl 1.36.4');
    expect(pkg?.links.map((link) => link.kind)).toEqual(['symbolic', 'hard']);
    expect(pkg?.installed).toBeUndefined();
  });

  it('make the short ones first', () => {
    const groups = [...new Set(sortArtifacts(committed).map((entry) => entry.group))];
    expect(groups).toEqual([
      'smoke',
      'bench',
      'pause',
      'runc',
      'cni-plugins',
      'crictl',
      'etcd',
      'weave',
      'containerd',
      'kubernetes',
      'coredns',
    ]);
  });
});

describe('the Kubernetes recipe', () => {
  it('takes every staging module at the matching version', () => {
    const goMod =
      'replace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n\tk8s.io/client-go => ./staging/src/k8s.io/client-go\n)\n';
    expect(stagingModules(goMod)).toEqual(['k8s.io/api', 'k8s.io/client-go']);
    expect(stagingVersion('1.36.4')).toBe('v0.36.4');
  });

  it('puts the version where --version reads it', () => {
    expect(versionFlags('1.37.1')).toContain('-X k8s.io/component-base/version.gitVersion=v1.37.1');
  });

  it('is another recipe for another architecture', () => {
    const [amd64, arm64] = selectArtifacts(committed, [
      'kubernetes/kubelet@1.36.4/amd64',
      'kubernetes/kubelet@1.36.4/arm64',
    ]);
    const text = (entry: typeof amd64) => JSON.stringify(entry && kubernetesBuild(entry).recipe);
    expect(text(amd64)).not.toBe(text(arm64));
  });
});
