import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readCommittedLock } from '../../../artifacts/lock.ts';
import { groups, lockedVersions, publishedArtifacts } from '../../../artifacts/publishers.ts';
import { toolPlatforms } from '../../../artifacts/tools.ts';
import { artifactPackage } from '../../../toolchain/plan/artifact-packages.ts';
import type { Download } from '../../../toolchain/plan/package.ts';
import { actionlintPackage, toolPackages } from '../../../toolchain/plan/tools.ts';
import { tryDownloads, useStandIn } from './support.ts';

const standIn = useStandIn();
const architectures = ['amd64', 'arm64'] as const;

/** Everything that the toolchain would fetch from a publisher, on every platform, by a name that says what it is. */
async function wanted(): Promise<{ name: string; version: string; platform: string; download: Download }[]> {
  const lock = readCommittedLock();
  const kubernetes = lockedVersions.kubernetes?.[0] ?? '';
  const artifacts = groups.flatMap((group) =>
    (lockedVersions[group] ?? []).flatMap((version) =>
      architectures.flatMap((arch) => publishedArtifacts(group, version, arch)),
    ),
  );
  const machines = artifacts.map((artifact) => ({
    ...{ pkg: artifactPackage(artifact), platform: `linux/${artifact.arch}` },
  }));
  const tools = await Promise.all(
    toolPlatforms.map(async (platform) => {
      const packages = [
        ...(await toolPackages(kubernetes, lock, ['aws'], platform)),
        actionlintPackage(lock, platform),
      ];
      return packages.map((pkg) => ({ pkg, platform: `${platform.os}/${platform.arch}` }));
    }),
  );
  return [...machines, ...tools.flat()].flatMap(({ pkg, platform }) => {
    const version = /\d+(\.\d+)+/.exec(pkg.title)?.[0] ?? '';
    return pkg.download ? [{ name: pkg.id, version, platform, download: pkg.download }] : [];
  });
}

describe('what the toolchain would fetch', () => {
  it('lies at every address that it is looked for, with a list that has its sum and the members that are wanted', async () => {
    const files = (await wanted()).flatMap(({ download, ...each }) => {
      if (download.kind !== 'file') return [];
      const { url, checksumUrl, alternatives = [] } = download.file;
      const { members } = download;
      return [{ url, ...(checksumUrl ? { checksumUrl } : {}) }, ...alternatives].map((origin) => ({
        ...each,
        // The pinned sums are those of the publishers' own bytes, which the stand-in does not have.
        file: { ...origin, sha256: null },
        ...(members ? { members } : {}),
      }));
    });
    expect(files.length).toBeGreaterThan(90);
    const outcomes = await tryDownloads(standIn(), files);
    const wrong = outcomes.flatMap(({ error, files: got = {} }, at) => {
      const { file, version = '', platform = '' } = files[at] ?? {};
      const strangers = Object.values(got).filter((text) => !text.includes(` ${version} ${platform},`));
      return [error, ...strangers].flatMap((each) => (each ? [`${file?.url}: ${each}`] : []));
    });
    expect(wrong).toEqual([]);
  });

  it('are images that exist, for the architecture that is asked for', async () => {
    const images = (await wanted()).flatMap(({ download }) => (download.kind === 'image' ? [download] : []));
    expect(images.length).toBeGreaterThan(5);
    const missing: string[] = [];
    for (const { reference, arch } of images) {
      if ((await standIn().checksum(reference, arch)) === undefined) missing.push(reference);
    }
    expect(missing).toEqual([]);
  });
});

describe('the stand-in', () => {
  it("knows nothing of the toolchain's own tables", () => {
    const folder = join(import.meta.dirname, '../../../e2e/publisher');
    const imports = readdirSync(folder).flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(
        ([, target = '']) => `${name} imports ${target}`,
      ),
    );
    expect(imports.length).toBeGreaterThan(20);
    expect(imports.filter((each) => /imports \.\.\//.test(each))).toEqual([]);
  });
});
