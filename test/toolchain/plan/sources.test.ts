import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { cloudsOf } from '../../../cli/prepare.ts';
import type { Package } from '../../../toolchain/plan/package.ts';
import { chooseSources, describeChoice } from '../../../toolchain/plan/plan.ts';
import { effectiveUrl, forcedSource, reachability } from '../../../toolchain/plan/sources.ts';
import { toolPackages, toolVersions } from '../../../toolchain/plan/tools.ts';
import { startStandIn } from '../support.ts';

const build = { recipe: 1, expectedSeconds: 1, produce: async () => undefined };
const download = {
  kind: 'file' as const,
  file: { url: 'https://publisher.example/tool', sha256: null },
  as: 'tool',
};
const pkg = (over: Partial<Package>): Package => ({
  id: 'tool',
  title: 'tool 1.0',
  outputs: ['tool'],
  links: [],
  ...over,
});
const choose = async (given: Package, forced: 'download' | 'build' | undefined, reachable: boolean) => {
  const [step] = await chooseSources([given], forced, async () => reachable);
  return step ? describeChoice(step) : '';
};

describe('the choice of a source', () => {
  it('follows reachability', async () => {
    expect(await choose(pkg({ download, build }), undefined, true)).toBe(
      'tool 1.0: downloading, its publisher answers',
    );
    expect(await choose(pkg({ download, build }), undefined, false)).toBe(
      'tool 1.0: building, its publisher cannot be reached',
    );
  });

  it('is forced by HARDWAY_SOURCE', async () => {
    expect(await choose(pkg({ download, build }), 'build', true)).toBe('tool 1.0: building, HARDWAY_SOURCE=build');
    expect(await choose(pkg({ download, build }), 'download', false)).toBe(
      'tool 1.0: downloading, HARDWAY_SOURCE=download',
    );
    expect(forcedSource({ HARDWAY_SOURCE: 'build' })).toBe('build');
    expect(() => forcedSource({ HARDWAY_SOURCE: 'guess' })).toThrow(/HARDWAY_SOURCE is "guess"/);
  });

  it('is no choice where there is only one way', async () => {
    expect(await choose(pkg({ build }), 'download', true)).toBe('tool 1.0: building, it is ours');
    expect(await choose(pkg({ download }), 'build', true)).toBe('tool 1.0: downloading, there is no recipe for it');
  });
});

describe('what can only be downloaded', () => {
  it('says so, and what to do, where its publisher cannot be reached', async () => {
    const only = pkg({ download, onlyDownloaded: 'fetch it elsewhere' });
    await expect(choose(only, undefined, false)).rejects.toThrow(
      'tool 1.0 comes from its publisher alone, and publisher.example cannot be reached from here; nothing was changed\n  next step: fetch it elsewhere',
    );
    expect(await choose(only, undefined, true)).toBe('tool 1.0: downloading, there is no recipe for it');
  });

  it("is AWS's plugin, and only stacks on AWS need it", async () => {
    const names = async (clouds: readonly 'aws'[]) =>
      (await toolPackages('1.36.4', [], clouds)).filter(({ onlyDownloaded }) => onlyDownloaded).map(({ id }) => id);
    expect([await names([]), await names(['aws'])]).toEqual([[], ['plugin-aws']]);
    const [aws] = (await toolPackages('1.36.4', [], ['aws'])).filter(({ id }) => id === 'plugin-aws');
    expect(aws?.build).toBeUndefined();
    expect([cloudsOf({ machines: 'aws' }), cloudsOf({ machines: 'lab' }), cloudsOf({ machines: 'hosts' })]).toEqual([
      ['aws'],
      [],
      [],
    ]);
  });

  it('has the version of the SDK', () => {
    const { dependencies } = JSON.parse(
      readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8'),
    );
    expect(dependencies['@pulumi/aws']).toBe(toolVersions.aws);
  });
});

describe('reachability', () => {
  it('asks each host once, and counts a missing file as an answer', async () => {
    const standIn = await startStandIn();
    const reachable = reachability({ HARDWAY_DOWNLOAD_BASE: standIn.base });
    expect(await reachable('https://one.example/a')).toBe(true);
    expect(await reachable('https://one.example/b')).toBe(true);
    expect(standIn.requests).toEqual(['HEAD one.example/a']);
    await standIn.close();
  });

  it('says no where nothing listens', async () => {
    const standIn = await startStandIn();
    await standIn.close();
    expect(await reachability({ HARDWAY_DOWNLOAD_BASE: standIn.base })('https://one.example/a')).toBe(false);
  });
});

it('rewrites every publisher below the base', () => {
  const env = { HARDWAY_DOWNLOAD_BASE: 'http://127.0.0.1:8080/mirror/' };
  expect(effectiveUrl('https://dl.k8s.io/release/v1/x?y=1', env)).toBe(
    'http://127.0.0.1:8080/mirror/dl.k8s.io/release/v1/x?y=1',
  );
  expect(effectiveUrl('https://dl.k8s.io/x', {})).toBe('https://dl.k8s.io/x');
});
