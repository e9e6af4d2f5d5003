import { describe, expect, it } from '@jest/globals';
import { publishedArtifacts } from '../../../artifacts/publishers.ts';
import { packageNames } from '../../../toolchain/build/debian.ts';
import { applyPatch, ulogdConfiguration, weavePatches } from '../../../toolchain/build/recipes/weave.ts';
import { artifactPackage } from '../../../toolchain/plan/artifact-packages.ts';

describe('the changes to Weave Net', () => {
  it.each(weavePatches.map((patch) => [patch.file, patch] as const))('of %s apply in one place alone', (_, patch) => {
    expect(applyPatch(`before\n${patch.from}after\n`, patch)).toBe(`before\n${patch.to}after\n`);
    expect(() => applyPatch('another source', patch)).toThrow(`${patch.file} has 0 places to patch, not one`);
    expect(() => applyPatch(patch.from + patch.from, patch)).toThrow('has 2 places');
  });

  it('leave no link of type dummy', () => {
    expect(weavePatches[0]?.to).toContain('netlink.Veth');
    expect(weavePatches[0]?.to).not.toContain('Dummy');
  });
});

describe("ulogd's configuration", () => {
  it('names the plugins where Debian has them, and refuses a text it does not know', () => {
    const moved = ulogdConfiguration('plugin="/usr/lib/ulogd/a.so"\nfile="/x"', '/usr/lib/x86_64-linux-gnu');
    expect(moved).toBe('plugin="/usr/lib/x86_64-linux-gnu/ulogd/a.so"\nfile="/x"');
    expect(() => ulogdConfiguration('plugin="/lib/a.so"', '/usr/lib')).toThrow('names no plugins');
  });
});

describe('where the versions come from', () => {
  const partOf = (version: string) => publishedArtifacts('weave', version, 'amd64').map(artifactPackage);

  it('builds 2.6.5, which is ours, and downloads later ones', () => {
    for (const pkg of partOf('2.6.5')) expect([pkg.download, typeof pkg.build]).toEqual([undefined, 'object']);
    for (const pkg of partOf('2.9.0')) {
      expect(pkg.build).toBeUndefined();
      expect(pkg.download).toMatchObject({ kind: 'image' });
    }
  });
});

describe('resolved packages', () => {
  it('are read from what apt prints', () => {
    const printed = `'http://host/a/libc6_2.36-9_amd64.deb' libc6_2.36-9_amd64.deb 123 MD5Sum:00\nReading lists\n'http://host/b/libpcap0.8_1.10_amd64.deb' libpcap0.8_1.10_amd64.deb 5 SHA256:11\n`;
    expect(packageNames(printed)).toEqual(['libc6', 'libpcap0.8']);
  });
});
