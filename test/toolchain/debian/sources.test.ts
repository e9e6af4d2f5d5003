import { describe, expect, it } from '@jest/globals';
import { debianSources, reachOptions, sourcesText } from '../../../toolchain/debian/sources.ts';

const deb822 = `Types: deb
# http://snapshot.example/debian
URIs: http://packages.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://packages.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: http://packages.example/debian
Suites: bookworm
Components: main

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main
`;

describe('debianSources', () => {
  it('takes every pocket from deb822 entries, and no source packages or disabled ones', () => {
    const sources = debianSources([deb822], 'bookworm', 'bookworm');
    expect(sources.map((source) => `${source.uri} ${source.suite}`)).toEqual([
      'http://packages.example/debian bookworm',
      'http://packages.example/debian bookworm-updates',
      'http://packages.example/debian-security bookworm-security',
    ]);
    expect(sources[0]?.signedBy).toBe('/usr/share/keyrings/debian-archive-keyring.gpg');
  });

  it('takes one-line entries, with and without options', () => {
    const list =
      '# comment\ndeb [arch=amd64 signed-by=/k.gpg] http://a.example/debian bookworm main\ndeb http://b.example/d bookworm-updates main contrib # why\n';
    expect(debianSources([list], 'bookworm', 'bookworm')).toEqual([
      { uri: 'http://a.example/debian', suite: 'bookworm', components: ['main'], signedBy: '/k.gpg' },
      { uri: 'http://b.example/d', suite: 'bookworm-updates', components: ['main'] },
    ]);
  });

  it('leaves other publishers out', () => {
    const others = 'deb https://docker.example/debian bookworm stable\ndeb https://node.example nodistro main\n';
    expect(debianSources([others], 'bookworm', 'bookworm')).toEqual([]);
  });

  it('moves a newer host’s sources to the image’s suite', () => {
    const sources = debianSources(['deb http://a.example/debian trixie-updates main'], 'trixie', 'bookworm');
    expect(sources[0]?.suite).toBe('bookworm-updates');
  });
});

describe('sourcesText', () => {
  it('writes entries that it reads back', () => {
    const sources = debianSources([deb822], 'bookworm', 'bookworm');
    expect(debianSources([sourcesText(sources)], 'bookworm', 'bookworm')).toEqual(sources);
  });

  it('is empty for no sources', () => {
    expect(sourcesText([])).toBe('');
  });
});

describe('reachOptions', () => {
  it('keeps what decides about reaching the sources and nothing else', () => {
    const dump =
      'APT "";\nAcquire::Check-Valid-Until "false";\nAcquire::http::Proxy "http://p.example:3128";\nAcquire::Languages "none";\nDPkg::Post-Invoke "";\n';
    expect(reachOptions(dump)).toBe(
      'Acquire::Check-Valid-Until "false";\nAcquire::http::Proxy "http://p.example:3128";\n',
    );
  });
});
