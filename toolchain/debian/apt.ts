import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import type { Arch } from '../host.ts';
import { type AptSource, debianSources, reachOptions, releaseOf, sourcesOfMirror, sourcesText } from './sources.ts';

/**
 * Debian release of the lab's machines and of every image that is made of Debian packages, whatever this computer runs:
 * one release has one layout, one C library, and one set of keys.
 */
export const suite = 'bookworm';

/** Debian's keys for {@link suite}, from its package debian-archive-keyring. Older releases of Ubuntu have only keys of older Debians. */
export const keysDir = join(import.meta.dirname, 'keys');

/** System-wide bundles of certificate authorities: of Debian and Ubuntu, of Fedora. */
const authorities = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'];

/** A setup of apt that shares nothing with this computer's own but where packages come from. All of it lies in one folder. */
export interface AptSetup {
  readonly folder: string;
  /** Sources in apt's deb822 format. */
  readonly sources: string;
  /** Folder of the keys that sign them. */
  readonly keys: string;
  /** The options that decide how sources are reached. May hold a proxy's password: a file, never an argument. */
  readonly options: string;
  /** The whole configuration, for `APT_CONFIG`. */
  readonly config: string;
}

/** The configuration's text. */
export function aptConfiguration(setup: Omit<AptSetup, 'config'>, arch: Arch, reach: string): string {
  const { folder, sources, keys } = setup;
  const paths = {
    'Dir::State': join(folder, 'state'),
    // Resolved against an empty system: what this computer happens to have does not count.
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::trusted': '/dev/null',
    'Dir::Etc::trustedparts': keys,
    'APT::Architecture': arch,
    // No other user than the one who runs it: the folder is theirs alone.
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::GzipIndexes': 'true',
  };
  const lines = Object.entries(paths).map(([key, value]) => `${key} "${value}";\n`);
  return [...lines, `APT::Architectures { "${arch}"; };\n`, reach].join('');
}

/**
 * Writes a setup of apt for Debian's packages into a folder. Package lists that are in it already stay.
 *
 * Packages come from where this computer gets its own where it is a Debian, else from `HARDWAY_DEBIAN_MIRROR`, else from
 * Debian.
 *
 * @param arch - architecture of the packages; need not be this computer's
 * @param release - of the packages
 */
export async function prepareApt(
  folder: string,
  arch: Arch,
  env: NodeJS.ProcessEnv = process.env,
  release = suite,
): Promise<AptSetup> {
  const keys = join(folder, 'keys');
  const setup = { folder, keys, sources: join(folder, 'debian.sources'), options: join(folder, 'reach.conf') };
  await rm(keys, { recursive: true, force: true });
  for (const pkg of ['keys', 'signed-by', 'state/lists/partial', 'cache/archives/partial']) {
    await mkdir(join(folder, pkg), { recursive: true });
  }
  const { own, sources } = await chosenSources(release, env);
  // Copies, which a container sees too. What this computer trusts counts for this computer's own sources alone.
  const trusted = own ? await filesIn('/etc/apt/trusted.gpg.d') : [];
  for (const key of [...trusted, ...(await filesIn(keysDir))]) await copyFile(key, join(keys, basename(key)));
  const placed = sources.map(async (source) => {
    if (source.signedBy === undefined) return source;
    const copy = join(folder, 'signed-by', basename(source.signedBy));
    await copyFile(source.signedBy, copy);
    return { ...source, signedBy: copy };
  });
  await writeFile(setup.sources, sourcesText(await Promise.all(placed)));
  const reach = await reachText(folder);
  await writeFile(setup.options, reach, { mode: 0o600 });
  const config = join(folder, 'apt.conf');
  await writeFile(config, aptConfiguration(setup, arch, reach), { mode: 0o600 });
  return { ...setup, config };
}

/** Where packages come from, and whether these are this computer's own sources. */
async function chosenSources(release: string, env: NodeJS.ProcessEnv): Promise<{ own: boolean; sources: AptSource[] }> {
  const own = env.HARDWAY_DEBIAN_MIRROR ? [] : await hostSources(release);
  if (own.length > 0) return { own: true, sources: own };
  return { own: false, sources: sourcesOfMirror(release, env.HARDWAY_DEBIAN_MIRROR) };
}

/** Where {@link prepareApt} gets packages from. */
export interface DebianOrigin {
  readonly hosts: readonly string[];
  /** A small file of each host, to ask whether it answers; none where apt has a proxy of its own or reads no network. */
  readonly probes: readonly string[];
}

/** Names the hosts that packages of {@link suite} come from; asks none of them. */
export async function debianOrigin(env: NodeJS.ProcessEnv = process.env): Promise<DebianOrigin> {
  const { sources } = await chosenSources(suite, env);
  const urls = sources.map(({ uri, suite: of }) => `${uri.replace(/\/+$/, '')}/dists/${of}/InRelease`);
  const web = urls.filter((url) => /^https?:/.test(url));
  const dump = await execa('apt-config', ['dump'], { reject: false });
  const ownProxy = /^Acquire::https?::Proxy/im.test(dump.stdout ?? '');
  const firstOf = new Map(web.map((url) => [new URL(url).host, url]).reverse() as [string, string][]);
  const hosts = [...new Set(urls.map((url) => (URL.canParse(url) && new URL(url).host) || url))];
  return { hosts, probes: ownProxy ? [] : [...firstOf.values()] };
}

/** Whether this computer is a Debian, whose sources name Debian's packages. */
export async function isDebian(): Promise<boolean> {
  return releaseOf(await readFile('/etc/os-release', 'utf8').catch(() => '')).id === 'debian';
}

async function hostSources(release: string) {
  const { id, codename } = releaseOf(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  if (id !== 'debian' || !codename) return [];
  const files = ['/etc/apt/sources.list', ...(await filesIn('/etc/apt/sources.list.d', /\.(list|sources)$/))];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return debianSources(texts, codename, release);
}

async function filesIn(folder: string, wanted = /\.(gpg|asc)$/): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => wanted.test(name)).map((name) => join(folder, name));
}

async function reachText(folder: string): Promise<string> {
  const dump = await execa('apt-config', ['dump'], { reject: false });
  // A copy, which a container sees too.
  const bundle = join(folder, 'authorities.crt');
  for (const path of authorities) {
    const copied = await copyFile(path, bundle).then(
      () => true,
      () => false,
    );
    if (copied) return `${reachOptions(dump.stdout ?? '')}Acquire::https::CAInfo "${bundle}";\n`;
  }
  return reachOptions(dump.stdout ?? '');
}
