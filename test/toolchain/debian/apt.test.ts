import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AptSetup, aptConfiguration, keysDir, prepareApt, suite } from '../../../toolchain/debian/apt.ts';
import { releaseOf, sourcesOfMirror } from '../../../toolchain/debian/sources.ts';

describe('releaseOf', () => {
  it.each([
    ['PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_CODENAME=trixie\nID=debian\n', 'debian', 'trixie'],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n', 'ubuntu', 'noble'],
    ['ID="fedora"\nVERSION_CODENAME=""\n', 'fedora', undefined],
    ['', undefined, undefined],
  ])('reads %j', (text, id, codename) => expect(releaseOf(text)).toEqual({ id, codename }));
});

describe('sourcesOfMirror', () => {
  it('has the archive, its updates, and security updates beside it', () => {
    const sources = sourcesOfMirror('bookworm', 'http://mirror.example/debian/');
    expect(sources.map(({ uri, suite }) => `${uri} ${suite}`)).toEqual([
      'http://mirror.example/debian bookworm',
      'http://mirror.example/debian bookworm-updates',
      'http://mirror.example/debian-security bookworm-security',
    ]);
  });

  it('is Debian where no mirror is named', () => {
    expect(new Set(sourcesOfMirror('bookworm').map(({ uri }) => new URL(uri).host))).toEqual(
      new Set(['ftp.debian.org', 'security.debian.org']),
    );
  });
});

describe('a setup of apt', () => {
  let folder = '';
  let setup: AptSetup;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hardway-apt-'));
    setup = await prepareApt(folder, 'arm64', { HARDWAY_DEBIAN_MIRROR: 'http://mirror.example/debian' });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('takes packages of one release of Debian, whatever this computer runs', async () => {
    expect(await readFile(setup.sources, 'utf8')).toContain(`Suites: ${suite}\n`);
    expect(await readFile(setup.sources, 'utf8')).toContain('URIs: http://mirror.example/debian\n');
  });

  it('brings the keys along, which a computer that is no Debian lacks', async () => {
    expect((await readdir(setup.keys)).sort()).toEqual((await readdir(keysDir)).sort());
    expect((await readdir(keysDir)).filter((name) => name.includes(suite))).toHaveLength(3);
  });

  it('knows nothing of what this computer has installed, and takes the architecture it is told', () => {
    const text = aptConfiguration(setup, 'arm64', '');
    for (const line of [
      'Dir::State::status "/dev/null";',
      'Dir::Etc::sourceparts "/dev/null";',
      'Dir::Etc::trusted "/dev/null";',
      'Dir::Etc::parts "/dev/null";',
      `Dir::Etc::trustedparts "${setup.keys}";`,
      'APT::Architecture "arm64";',
      'APT::Architectures { "arm64"; };',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });

  it("keeps what may hold a proxy's password from other users", async () => {
    for (const path of [setup.options, setup.config]) expect((await stat(path)).mode & 0o077).toBe(0);
  });
});
