/** A source of Debian packages, as one entry for apt. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Path of the keyring that signs it, where the host's entry names one. */
  readonly signedBy?: string;
}

/**
 * The Debian sources in the host's own apt configuration, moved to another suite: the image comes from wherever this
 * machine gets its packages. Entries of other publishers are left out. Pure.
 *
 * @param files contents of `/etc/apt/sources.list` and `/etc/apt/sources.list.d/*`, both formats
 * @param hostSuite the host's code name, e.g. `bookworm`
 * @param suite the image's code name
 */
export function debianSources(files: readonly string[], hostSuite: string, suite: string): AptSource[] {
  const pockets = new Set([hostSuite, `${hostSuite}-updates`, `${hostSuite}-security`]);
  return files
    .flatMap((text) => (/^\s*Types:/im.test(text) ? stanzas(text) : lines(text)))
    .filter((source) => pockets.has(source.suite) && source.components.includes('main'))
    .map((source) => ({ ...source, suite: suite + source.suite.slice(hostSuite.length), components: ['main'] }));
}

/** Where Debian itself serves packages: the archive, and the security updates. */
const debianMirror = 'http://ftp.debian.org/debian';
const debianSecurity = 'http://security.debian.org/debian-security';

/**
 * A release's sources at a mirror.
 *
 * @param mirror - its archive; it has security updates beside it as `<mirror>-security`. Default Debian's own.
 */
export function sourcesOfMirror(suite: string, mirror?: string): AptSource[] {
  const uri = mirror?.replace(/\/+$/, '') || debianMirror;
  const security = mirror ? `${uri}-security` : debianSecurity;
  const components = ['main'];
  return [
    { uri, suite, components },
    { uri, suite: `${suite}-updates`, components },
    { uri: security, suite: `${suite}-security`, components },
  ];
}

/** What `/etc/os-release` says: `debian` and `bookworm`. */
export function releaseOf(text: string): { id?: string; codename?: string } {
  const field = (name: string) => new RegExp(`^${name}="?([^"\\s]+)"?\\s*$`, 'm').exec(text)?.[1];
  return { id: field('ID'), codename: field('VERSION_CODENAME') };
}

/** The sources in apt's deb822 format. */
export function sourcesText(sources: readonly AptSource[]): string {
  return sources
    .map((source) =>
      [
        'Types: deb',
        `URIs: ${source.uri}`,
        `Suites: ${source.suite}`,
        `Components: ${source.components.join(' ')}`,
        ...(source.signedBy ? [`Signed-By: ${source.signedBy}`] : []),
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** The lines of `apt-config dump` that decide whether the sources can be reached from here. */
export function reachOptions(dump: string): string {
  const wanted = /^Acquire::(Check-Valid-Until|Check-Date|Retries|ForceIPv[46]|https?::(Proxy|Timeout))[ :]/i;
  return dump
    .split('\n')
    .filter((line) => wanted.test(line))
    .map((line) => `${line}\n`)
    .join('');
}

function stanzas(text: string): AptSource[] {
  const withoutComments = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string) =>
      new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    if (!field('Types').includes('deb') || field('Enabled')[0]?.toLowerCase() === 'no') return [];
    const key = field('Signed-By')[0];
    return field('URIs').flatMap((uri) =>
      field('Suites').map((suite) => ({
        uri,
        suite,
        components: field('Components'),
        // A key that is written out in the entry has no path to name.
        ...(key?.startsWith('/') ? { signedBy: key } : {}),
      })),
    );
  });
}

function lines(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line);
    if (!match) return [];
    const signedBy = /signed-by=(\/\S+)/i.exec(match[1] ?? '')?.[1];
    return [
      {
        uri: match[2] ?? '',
        suite: match[3] ?? '',
        components: (match[4] ?? '').replace(/#.*/, '').trim().split(/\s+/),
        ...(signedBy ? { signedBy } : {}),
      },
    ];
  });
}
