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

interface Wanted {
  readonly version: string;
  readonly platform: string;
  readonly download: Download;
  readonly members?: Record<string, string>;
}

/** Everything that the toolchain would fetch from a publisher, on every platform. */
async function wanted(): Promise<Wanted[]> {
  const lock = readCommittedLock();
  const kubernetes = lockedVersions.kubernetes?.[0] ?? '';
  const artifacts = groups.flatMap((group) =>
    (lockedVersions[group] ?? []).flatMap((version) =>
      architectures.flatMap((arch) => publishedArtifacts(group, version, arch)),
    ),
  );
  const machines = artifacts.map((artifact) => ({
    pkg: artifactPackage(artifact),
    platform: `linux/${artifact.arch}`,
    // Machines take these out of the archive, which the toolchain leaves whole.
    ...(artifact.members ? { members: artifact.members } : {}),
  }));
  const tools = await Promise.all(
    toolPlatforms.map(async (platform) => {
      const packages = [
        ...(await toolPackages(kubernetes, lock, ['aws'], platform)),
        actionlintPackage(lock, platform),
      ];
      return packages.map((pkg) => ({ pkg, platform: `${platform.os}/${platform.arch}`, members: undefined }));
    }),
  );
  return [...machines, ...tools.flat()].flatMap(({ pkg, platform, members }) => {
    const version = /\d+(\.\d+)+/.exec(pkg.title)?.[0] ?? '';
    const { download } = pkg;
    return download ? [{ version, platform, download, ...(members ? { members } : {}) }] : [];
  });
}

describe('what the toolchain would fetch', () => {
  it('lies at every address that it is looked for, with a list that has its sum and the members that are wanted', async () => {
    const attempts = (await wanted()).flatMap(({ download, members, ...each }) => {
      if (download.kind !== 'file') return [];
      const inside = members ?? download.members;
      const { url, checksumUrl, alternatives = [] } = download.file;
      return [{ url, ...(checksumUrl ? { checksumUrl } : {}) }, ...alternatives].map((origin) => ({
        ...each,
        origin,
        ...(inside ? { members: inside } : {}),
      }));
    });
    const files = await Promise.all(
      attempts.map(async ({ origin, ...each }) => {
        // The pinned sums are those of the publishers' own bytes. Where no list lies beside a file, that of another
        // origin is used, so its sum is known.
        const sha256 = origin.checksumUrl ? null : ((await standIn().checksum(origin.url)) ?? null);
        return { ...each, file: { ...origin, sha256 } };
      }),
    );
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
