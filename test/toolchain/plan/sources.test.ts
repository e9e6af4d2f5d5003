import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readCommittedLock } from '../../../artifacts/lock.ts';
import { cloudsOf } from '../../../cli/prepare.ts';
import { type FailureKind, RequestFailure } from '../../../toolchain/download/failure.ts';
import type { Package } from '../../../toolchain/plan/package.ts';
import { chooseSources, describeChoice, weighSources } from '../../../toolchain/plan/plan.ts';
import { effectiveUrl, forcedSource, probePatience, reachability } from '../../../toolchain/plan/sources.ts';
import { toolPackages, toolVersions } from '../../../toolchain/plan/tools.ts';
import { startStandIn } from '../support.ts';

const lock = readCommittedLock();
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
  const failure = new RequestFailure('dns', 'publisher.example', 'does not resolve');
  const { steps } = await chooseSources([given], forced, async () => (reachable ? undefined : failure));
  const [step] = steps;
  return step ? describeChoice(step) : '';
};

describe('the choice of a source', () => {
  it('follows reachability', async () => {
    expect(await choose(pkg({ download, build }), undefined, true)).toBe(
      'tool 1.0: downloading, its publisher answers',
    );
    expect(await choose(pkg({ download, build }), undefined, false)).toBe(
      'tool 1.0: building, its publisher does not answer',
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

describe('where no publisher answers', () => {
  const failing = (kind: FailureKind, status?: number) =>
    new RequestFailure(kind, 'publisher.example', 'why', status === undefined ? {} : { status });
  const slow = (id: string, seconds: number) =>
    pkg({ id, title: id, download, build: { ...build, expectedSeconds: seconds } });
  const packages = [slow('one', 600), slow('two', 540)];

  it('says why and how long building takes before it starts', async () => {
    const { steps, notes } = await chooseSources(packages, undefined, async () => failing('dns'));
    expect(steps.map(({ source }) => source)).toEqual(['build', 'build']);
    expect(notes).toEqual([
      expect.stringMatching(
        /^2 parts will be built from source, about 19 min in all.*\n {2}- publisher.example: why\n {2}Fix/,
      ),
    ]);
  });

  it.each([
    ['untrusted', undefined],
    ['proxy', 407],
    ['status', 503],
    ['status', 429],
  ] as const)('builds nothing for minutes because of %s %s, which a person or a moment mends', async (kind, status) => {
    const choice = chooseSources(packages, undefined, async () => failing(kind, status));
    await expect(choice).rejects.toThrow(
      /takes about 19 min, so nothing was started:.*publisher.example: why.*Fix: .*HARDWAY_SOURCE=build/s,
    );
    const short = await chooseSources([slow('one', 10)], undefined, async () => failing(kind, status));
    expect(short.steps.map(({ source }) => source)).toEqual(['build']);
  });

  it('and nothing can be built, says both in one message', async () => {
    const choice = chooseSources(
      packages,
      undefined,
      async () => failing('dns'),
      async () => 'there is no go on PATH',
    );
    await expect(choice).rejects.toThrow(
      /^2 parts \(one, two\) can neither be downloaded nor built here:\n {2}- publisher.example: why\n {2}- there is no go on PATH\n {2}nothing was changed\n {2}Fix: check the name service.*or install Go 1\.26 or newer/,
    );
  });

  it('and is ours alone, needs Go before anything is downloaded, unless it is made without', async () => {
    const noGo = async () => 'there is no go on PATH';
    const ours = pkg({ id: 'weave', title: 'weave 2.6.5 image', build });
    const other = pkg({ download, build });
    const answers = async () => undefined;
    await expect(chooseSources([ours, other], undefined, answers, noGo)).rejects.toThrow(
      /^1 part \(weave 2\.6\.5 image\) must be built here, which is not possible:\n {2}- there is no go on PATH\n.*\n {2}Fix: install Go 1\.26 or newer/,
    );
    const without = { ...ours, build: { ...build, withoutGo: true } };
    const { steps } = await chooseSources([without, other], undefined, answers, noGo);
    expect(steps.map(({ source }) => source)).toEqual(['build', 'download']);
    const both = chooseSources([ours, slow('etcd', 600)], undefined, async () => failing('dns'), noGo);
    await expect(both).rejects.toThrow(
      /must be built here.*\n1 part \(etcd\) can neither.*Fix: install Go 1\.26 or newer and put it on PATH, or let GOPROXY name a module proxy that answers; check the name service[^;]*$/s,
    );
    const weighed = await weighSources([ours, other], undefined, answers, noGo);
    expect(weighed.steps.map(({ pkg: { id } }) => id)).toEqual([other.id]);
  });

  it('has no plan to build what a refusal is about', async () => {
    const { steps, problems } = await weighSources(packages, undefined, async () => failing('untrusted'));
    expect([steps.length, problems.length]).toEqual([0, 1]);
  });

  it('downloads where the other origin does', async () => {
    const file = { ...download.file, alternatives: [{ url: 'https://other.example/tool' }] };
    const two = pkg({ download: { ...download, file }, build });
    const { steps } = await chooseSources([two], undefined, async (url) =>
      url.includes('other') ? undefined : failing('dns'),
    );
    expect(steps.map(({ source }) => source)).toEqual(['download']);
  });
});

describe('what can only be downloaded', () => {
  it('says so, and what to do, where its publisher cannot be reached', async () => {
    const only = pkg({ download, onlyDownloaded: 'fetch it elsewhere' });
    await expect(choose(only, undefined, false)).rejects.toThrow(
      'tool 1.0 comes from its publisher alone, which does not answer:\n  - publisher.example: does not resolve\n  nothing was changed\n  Fix: check the name service and, behind a proxy, HTTPS_PROXY; fetch it elsewhere',
    );
    expect(await choose(only, undefined, true)).toBe('tool 1.0: downloading, there is no recipe for it');
  });

  it("is AWS's plugin, and only stacks on AWS need it", async () => {
    const names = async (clouds: readonly 'aws'[]) =>
      (await toolPackages('1.36.4', lock, clouds)).filter(({ onlyDownloaded }) => onlyDownloaded).map(({ id }) => id);
    expect([await names([]), await names(['aws'])]).toEqual([[], ['plugin-aws']]);
    const [aws] = (await toolPackages('1.36.4', lock, ['aws'])).filter(({ id }) => id === 'plugin-aws');
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
    expect(await reachable('https://one.example/a')).toBeUndefined();
    expect(await reachable('https://one.example/b')).toBeUndefined();
    expect(standIn.requests).toEqual(['GET one.example/a bytes=0-0']);
    await standIn.close();
  });

  it('says why where nothing listens', async () => {
    const standIn = await startStandIn();
    await standIn.close();
    const quick = { ...probePatience, backoffMs: 1 };
    const answer = await reachability({ HARDWAY_DOWNLOAD_BASE: standIn.base }, quick)('https://one.example/a');
    expect(answer?.kind).toBe('refused');
  });
});

it('rewrites every publisher below the base', () => {
  const env = { HARDWAY_DOWNLOAD_BASE: 'http://127.0.0.1:8080/mirror/' };
  expect(effectiveUrl('https://dl.k8s.io/release/v1/x?y=1', env)).toBe(
    'http://127.0.0.1:8080/mirror/dl.k8s.io/release/v1/x?y=1',
  );
  expect(effectiveUrl('https://dl.k8s.io/x', {})).toBe('https://dl.k8s.io/x');
});
