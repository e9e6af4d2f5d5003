import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { groups, lockedVersions, publishedArtifacts } from '../../../artifacts/publishers.ts';
import { readLock } from '../../../toolchain/artifacts.ts';
import { artifactPackage } from '../../../toolchain/plan/artifact-packages.ts';
import type { Download, Package } from '../../../toolchain/plan/package.ts';
import { actionlintPackage, toolPackages } from '../../../toolchain/plan/tools.ts';
import { tryDownloads, useStandIn } from './support.ts';

const standIn = useStandIn();
const architectures = ['amd64', 'arm64'] as const;

/** Everything that the toolchain would fetch from a publisher, by a name that tells where it belongs. */
async function wanted(): Promise<Map<string, Download>> {
  const lock = await readLock();
  const artifacts = groups.flatMap((group) =>
    (lockedVersions[group] ?? []).flatMap((version) =>
      architectures.flatMap((arch) => publishedArtifacts(group, version, arch).map(artifactPackage)),
    ),
  );
  const tools = await toolPackages(lockedVersions.kubernetes?.[0] ?? '', lock, ['aws']);
  const parts: Package[] = [...tools, ...architectures.map(actionlintPackage), ...artifacts];
  const pairs = parts.flatMap(({ id, download }, at) =>
    download
      ? [[`${id} ${JSON.stringify(download).includes('arm64') ? 'arm64' : 'amd64'} ${at}`, download] as const]
      : [],
  );
  return new Map(pairs);
}

describe('what the toolchain would fetch', () => {
  it('lies at its publisher, with a checksum that matches and the members that are wanted', async () => {
    const files = [...(await wanted())].flatMap(([name, download]) =>
      download.kind === 'file' ? [{ name, ...download }] : [],
    );
    expect(files.length).toBeGreaterThan(30);
    const outcomes = await tryDownloads(
      standIn(),
      // The pinned sums are those of the publishers' own bytes, which the stand-in does not have.
      files.map(({ file, members }) => ({ file: { ...file, sha256: null }, ...(members ? { members } : {}) })),
    );
    const wrong = outcomes.flatMap(({ error }, at) => (error ? [`${files[at]?.name}: ${error.split('\n')[0]}`] : []));
    expect(wrong).toEqual([]);
  });

  it('is the program of that name, version and architecture', async () => {
    const files = [...(await wanted())].flatMap(([name, { kind }]) => (kind === 'file' ? [name] : []));
    expect(files).not.toEqual([]);
  });

  it('are images that exist, for the architecture that is asked for', async () => {
    const images = [...(await wanted())].flatMap(([, download]) => (download.kind === 'image' ? [download] : []));
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
