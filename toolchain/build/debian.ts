import { lstat, mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TarEntry } from '../download/archive.ts';
import { ToolchainError } from '../error.ts';
import { type Arch, findOnPath, hostArch } from '../host.ts';
import type { BuildContext } from '../plan/package.ts';

/** What nobody reads in an image. */
const unread = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'usr/share/lintian'];

/** Folders that Debian has had as links into `usr` since its 12th release. */
const merged = ['bin', 'sbin', 'lib', 'lib64'];

/** The file names in what `apt-get install --print-uris` says, quoted addresses first. */
export function packageNames(printed: string): string[] {
  return [...printed.matchAll(/^'[^']+' (\S+?)_\S+\.deb /gm)].map((match) => match[1] ?? '');
}

/**
 * Unpacks Debian packages with everything they depend on into a folder, without an engine and without running any of
 * their scripts: what those would make (alternatives, accounts) is the caller's to add.
 *
 * @param why what needs the packages, for the message where they cannot be had
 * @returns the folder, laid out as Debian lays out a root file system
 */
export async function unpackDebian(
  context: BuildContext,
  packages: readonly string[],
  arch: Arch,
  why: string,
): Promise<string> {
  if (arch !== hostArch()) {
    throw new ToolchainError(
      `${why} for ${arch} cannot be made on ${hostArch()}: it takes Debian's packages of that architecture`,
      'make it on a machine of that architecture, or choose a version that is downloaded',
    );
  }
  if (!(await findOnPath('apt-get'))) {
    throw new ToolchainError(`${why} is made of Debian's packages, and there is no apt-get`, 'run hardway on Debian');
  }
  const archives = join(context.workDir, 'debs');
  const root = join(context.workDir, 'root');
  await mkdir(archives, { recursive: true });
  await mkdir(root, { recursive: true });
  const download = async () => {
    // Resolved against an empty system, so that what this machine happens to have does not count.
    const state = ['-o', 'Dir::State::status=/dev/null', '-o', 'APT::Sandbox::User=root'];
    const wanted = ['install', '--print-uris', '--yes', '-qq', '--no-install-recommends', ...packages];
    const names = packageNames(await context.run('apt-get', [...state, ...wanted]));
    if (names.length < packages.length) throw new Error(`apt-get resolved only ${names.length} packages`);
    await context.run('apt-get', [...state, 'download', ...names], { cwd: archives });
    return names.length;
  };
  const count = await download().catch(async () => {
    await context.run('apt-get', ['update']);
    return await download();
  });
  const found = (await readdir(archives)).filter((file) => file.endsWith('.deb'));
  if (found.length !== count) throw new Error(`apt-get download left ${found.length} of ${count} packages`);
  for (const name of merged) await context.run('mkdir', ['-p', join(root, 'usr', name)]);
  for (const name of merged) await context.run('ln', ['-s', `usr/${name}`, join(root, name)]);
  for (const archive of found.sort()) {
    // The shell is for the pipe alone: dpkg-deb -x would put folders in the place of the links.
    const script = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink --no-same-owner -C "$2"';
    await context.run('sh', ['-ec', script, 'unpack', join(archives, archive), root]);
  }
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
