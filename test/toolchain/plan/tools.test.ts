import { describe, expect, it } from '@jest/globals';
import { readCommittedLock } from '../../../artifacts/lock.ts';
import { actionlintPackage, toolPackages, toolVersions } from '../../../toolchain/plan/tools.ts';

it("has macOS's names on macOS, and builds nothing there", async () => {
  const mac = await toolPackages('1.36.4', readCommittedLock(), ['aws'], { os: 'darwin', arch: 'amd64' });
  expect(mac.filter(({ build }) => build)).toEqual([]);
  const files = mac.map(({ download }) =>
    download?.kind === 'file' ? download.file.url.split('/').slice(-2).join('/') : '',
  );
  expect(files).toEqual([
    'v3.250.0/pulumi-v3.250.0-darwin-x64.tar.gz',
    'v0.22.1/go-containerregistry_Darwin_x86_64.tar.gz',
    'v5.6.1/pulumi-resource-tls-v5.6.1-darwin-amd64.tar.gz',
    'v4.21.2/pulumi-resource-random-v4.21.2-darwin-amd64.tar.gz',
    'v1.2.1/pulumi-resource-command-v1.2.1-darwin-amd64.tar.gz',
    'v4.34.2/pulumi-resource-kubernetes-v4.34.2-darwin-amd64.tar.gz',
    'v7.48.0/pulumi-resource-aws-v7.48.0-darwin-amd64.tar.gz',
    'amd64/kubectl',
  ]);
});

describe('actionlint', () => {
  const lock = readCommittedLock();
  const pkg = actionlintPackage(lock, { os: 'linux', arch: 'arm64' });

  it('is no tool of an update: what brings a cluster up takes no linter', async () => {
    const ids = (await toolPackages('1.36.4', lock)).map(({ id }) => id);
    expect(ids).toContain('pulumi');
    expect(ids).not.toContain(pkg.id);
  });

  it('comes in the pinned version from either source, and never from the machine', () => {
    const version = toolVersions.actionlint;
    expect(pkg.installed).toBeUndefined();
    expect(JSON.stringify(pkg.build?.recipe)).toContain(`"github.com/rhysd/actionlint":"v${version}"`);
    expect(JSON.stringify(pkg.download)).toContain(`/v${version}/actionlint_${version}_linux_arm64.tar.gz`);
  });
});
