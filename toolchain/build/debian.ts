import { lstat, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../lib/user-error.ts';
import { withLock } from '../cache/mutex.ts';
import { cacheDir } from '../cache/paths.ts';
import { type AptSetup, prepareApt, suite } from '../debian/apt.ts';
import type { TarEntry } from '../download/archive.ts';

import { type Arch, findOnPath } from '../host.ts';
import type { BuildContext } from '../plan/package.ts';

/** What nobody reads in an image. */
const unread = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'usr/share/lintian'];

/** Folders that Debian has had as links into `usr` since its 12th release. */
const merged = ['bin', 'sbin', 'lib', 'lib64'];

/** Debian's official image, for computers that have Docker and no apt. */
export const debianImage = `docker.io/library/debian:${suite}-slim`;

/** The package names in what `apt-get install --print-uris` says, quoted addresses first. */
export function packageNames(printed: string): string[] {
  return [...printed.matchAll(/^'[^']+' (\S+?)_\S+\.deb /gm)].map((match) => match[1] ?? '');
}

/** Runs one of Debian's programs in a folder. */
type Run = (command: string, args: readonly string[], cwd: string) => Promise<string>;

/**
 * `docker run` arguments for a program that works on this computer's folders as this computer's user.
 *
 * @param folders - seen at the same paths inside
 */
function containerArguments(
  image: string,
  folders: readonly string[],
  cwd: string,
  user: string,
  config: string,
): string[] {
  return [
    ...['run', '--rm', '--network', 'host', '--security-opt', 'label=disable', '--user', user, '--workdir', cwd],
    ...folders.flatMap((folder) => ['--volume', `${folder}:${folder}`]),
    // Without values: Docker takes them from its own environment, so that a proxy's password is in no process list.
    ...['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [
      '--env',
      name,
    ]),
    ...['--env', `APT_CONFIG=${config}`, image],
  ];
}

/** Where apt runs: here, or in a container of Debian's image. */
async function debianRunner(context: BuildContext, apt: AptSetup, why: string): Promise<Run> {
  if ((await findOnPath('apt-get')) && (await findOnPath('dpkg-deb'))) {
    return (command, args, cwd) => context.run(command, args, { cwd, env: { APT_CONFIG: apt.config } });
  }
  if (!(await findOnPath('docker'))) {
    throw new UserError(`${why} is made of Debian packages, and this computer has neither apt-get nor Docker`, {
      fix: 'install Docker (Debian packages are then unpacked in a container), or run this on Debian or Ubuntu',
    });
  }
  context.log(`there is no apt-get here: using a container of ${debianImage}`);
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const folders = [apt.folder, context.workDir];
  return (command, args, cwd) =>
    context.run('docker', [...containerArguments(debianImage, folders, cwd, user, apt.config), command, ...args]);
}

/** Downloads the packages and all they depend on into a folder. Gives the archives' names. */
async function downloadPackages(run: Run, packages: readonly string[], archives: string): Promise<string[]> {
  const attempt = async () => {
    const wanted = ['install', '--print-uris', '--yes', '-qq', '--no-install-recommends', ...packages];
    const names = packageNames(await run('apt-get', wanted, archives));
    if (names.length < packages.length) throw new Error(`apt-get resolved only ${names.length} packages`);
    await run('apt-get', ['download', '-qq', ...names], archives);
    return names.length;
  };
  const count = await attempt().catch(async () => {
    // The lists may never have been fetched, or be too old to find the files.
    await run('apt-get', ['update', '-q'], archives);
    return await attempt();
  });
  const found = (await readdir(archives)).filter((file) => file.endsWith('.deb'));
  if (found.length !== count) throw new Error(`apt-get download left ${found.length} of ${count} packages`);
  return found.sort();
}

/**
 * Unpacks packages of Debian's release {@link suite} with everything they depend on into a folder, without running any
 * of their scripts: what those would make (alternatives, accounts) is the caller's to add. Needs no root, and does not
 * care what this computer runs.
 *
 * @param arch - of the packages; need not be this computer's
 * @param why - what needs the packages, for the message where they cannot be fetched
 * @param name - the folder's name below the context's
 * @returns the folder, laid out as Debian lays out a root file system
 */
export async function unpackDebian(
  context: BuildContext,
  packages: readonly string[],
  arch: Arch,
  why: string,
  name = 'root',
): Promise<string> {
  const archives = join(context.workDir, `${name}-debs`);
  const root = join(context.workDir, name);
  await mkdir(archives, { recursive: true });
  const folder = join(cacheDir(), 'debian', arch);
  await mkdir(folder, { recursive: true });
  await withLock(
    `${folder}.lock`,
    (pid) => context.log(`waiting for process ${pid}, which fetches Debian packages`),
    async () => {
      const apt = await prepareApt(folder, arch);
      const run = await debianRunner(context, apt, why);
      const found = await downloadPackages(run, packages, archives);
      for (const link of merged) {
        await mkdir(join(root, 'usr', link), { recursive: true });
        await symlink(`usr/${link}`, join(root, link));
      }
      // The shell is for the pipe alone: dpkg-deb -x would put folders in the place of the links.
      const script =
        'for archive in "$1"/*.deb; do dpkg-deb --fsys-tarfile "$archive" | tar -x --keep-directory-symlink --no-same-owner -C "$2"; done';
      context.log(`unpacking ${found.join(', ')}`);
      await run('sh', ['-ec', script, 'unpack', archives, root], context.workDir);
    },
  );
  await rm(archives, { recursive: true, force: true });
  for (const path of unread) await rm(join(root, path), { recursive: true, force: true });
  return root;
}

/** Everything below a folder as entries of an archive: folders, files with their modes, and links as they are. */
export async function treeEntries(root: string): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for (const found of await readdir(root, { recursive: true, withFileTypes: true })) {
    const file = join(found.parentPath, found.name);
    const name = file.slice(root.length + 1);
    if (found.isSymbolicLink()) entries.push({ name, link: await readlink(file) });
    else if (found.isDirectory()) entries.push({ name, folder: true, mode: (await lstat(file)).mode & 0o7777 });
    else if (found.isFile()) entries.push({ name, file, mode: (await lstat(file)).mode & 0o7777 });
  }
  return entries;
}
