import { chmod, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { linkInstalled } from '../../../toolchain/cache/installed-links.ts';
import { binDir } from '../../../toolchain/cache/paths.ts';
import { installedKubectl, installedPlugin, installedPulumi, pulumiHome } from '../../../toolchain/plan/installed.ts';
import { isAtLeast, isWithinSkew } from '../../../toolchain/plan/semver.ts';
import { samplePart, useEmptyCache } from '../support.ts';

const cache = useEmptyCache();

async function program(dir: string, name: string, says: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, name);
  await writeFile(path, `#!/bin/sh\necho '${says}'\n`);
  await chmod(path, 0o755);
  return path;
}
const folder = () => join(cache.path(), 'path');
const onlyOurs = () => {
  process.env.PATH = `${binDir()}:${folder()}`;
};

describe('an installed engine', () => {
  it('counts when it is new enough and has its language host', async () => {
    const engine = await program(folder(), 'pulumi', 'v3.201.0');
    onlyOurs();
    expect(await installedPulumi()).toBeUndefined();
    const host = await program(folder(), 'pulumi-language-nodejs', '');
    expect(await installedPulumi()).toEqual([engine, host]);
  });

  it('does not count when it is too old, or is the one in our own cache', async () => {
    await program(folder(), 'pulumi', 'v3.199.0');
    await program(folder(), 'pulumi-language-nodejs', '');
    onlyOurs();
    expect(await installedPulumi()).toBeUndefined();
    await program(binDir(), 'pulumi', 'v3.250.0');
    expect(await installedPulumi()).toBeUndefined();
  });
});

it("finds a plugin of exactly that version among Pulumi's own", async () => {
  process.env.PULUMI_HOME = join(cache.path(), 'pulumi');
  onlyOurs();
  const dir = join(process.env.PULUMI_HOME, 'plugins', 'resource-tls-v5.6.1');
  const path = await program(dir, 'pulumi-resource-tls', '');
  expect(await installedPlugin('tls', '5.6.1')).toBe(path);
  expect(await installedPlugin('tls', '5.6.0')).toBeUndefined();
});

it("looks for Pulumi's own where the engine does: in PULUMI_HOME, else in the account's home, never in HOME", () => {
  const account = () => '/home/ann';
  expect(pulumiHome({ PULUMI_HOME: '/p', HOME: '/elsewhere' }, account)).toBe('/p');
  expect(pulumiHome({ HOME: '/elsewhere' }, account)).toBe('/home/ann/.pulumi');
  expect(pulumiHome({ PULUMI_HOME: '/clone/.hardway/pulumi' }, account)).toBe('/home/ann/.pulumi');
  expect(pulumiHome({ HOME: '/elsewhere' })).toBe(join(userInfo().homedir, '.pulumi'));
});

it('takes a kubectl within the version skew only', async () => {
  const path = await program(folder(), 'kubectl', 'Client Version: v1.35.9');
  onlyOurs();
  expect(await installedKubectl('1.36.4')).toBe(path);
  expect(await installedKubectl('1.37.1')).toBeUndefined();
});

it('compares versions by number', () => {
  expect(isAtLeast('go1.26.8', '1.26')).toBe(true);
  expect(isAtLeast('v3.99.0', '3.200.0')).toBe(false);
  expect(isAtLeast('none', '1.26')).toBe(false);
  expect(isWithinSkew('v1.32.4-dispatcher', '1.36.4')).toBe(false);
});

it('takes a plugin on PATH only where it says that it has the version: the engine would not look', async () => {
  process.env.PULUMI_HOME = join(cache.path(), 'pulumi');
  const path = await program(folder(), 'pulumi-resource-random', '4.21.2');
  const silent = await program(folder(), 'pulumi-resource-kubernetes', '');
  onlyOurs();
  expect(await installedPlugin('random', '4.21.2')).toBe(path);
  expect(await installedPlugin('random', '4.21.1')).toBeUndefined();
  expect(silent).toBeTruthy();
  expect(await installedPlugin('kubernetes', '4.34.2')).toBeUndefined();
});

it("finds the language host beside an engine that a link on PATH names, as the publisher's installer makes it", async () => {
  const home = join(cache.path(), 'installed');
  const engine = await program(home, 'pulumi', 'v3.250.0');
  const host = await program(home, 'pulumi-language-nodejs', '');
  await mkdir(folder(), { recursive: true });
  await symlink(engine, join(folder(), 'pulumi'));
  onlyOurs();
  expect(await installedPulumi()).toEqual([join(folder(), 'pulumi'), host]);
});

it("links a plugin of Pulumi's own folder into this checkout's bin, where the engine finds it", async () => {
  const path = await program(join(cache.path(), 'home'), 'pulumi-resource-tls', '');
  const part = { ...samplePart(async () => undefined), id: 'plugin-tls', outputs: ['pulumi-resource-tls'] };
  const link = join(binDir(), 'pulumi-resource-tls');
  const links = [{ path: link, output: 'pulumi-resource-tls', kind: 'symbolic' as const }];
  await linkInstalled({ ...part, links }, [path]);
  expect(await readlink(link)).toBe(path);
});
