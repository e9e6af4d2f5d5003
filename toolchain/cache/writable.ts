import { access, constants, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { UserError } from '../../lib/user-error.ts';

/** The folder itself, or the nearest one above it that exists. */
export async function nearestFolder(path: string): Promise<string> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : nearestFolder(dirname(path));
}

/**
 * Makes sure that this user may add to the cache: it may be another user's, who shares what is finished in it.
 *
 * @param write - asks whether a folder may be written; default the operating system
 * @throws UserError that names the folder, its owner and what to do
 */
export async function requireWritable(
  folder: string,
  write: (path: string) => Promise<void> = (path) => access(path, constants.W_OK),
): Promise<void> {
  const found = await nearestFolder(folder);
  try {
    await write(found);
  } catch {
    const { uid } = await stat(found);
    throw new UserError(
      `the cache ${folder} lacks what this run needs, and ${userInfo().username} may not write to it ` +
        `(it belongs to user id ${uid}); nothing was changed`,
      {
        fix: 'run the same command as its owner once, after which its contents can be shared; or set HARDWAY_CACHE to a folder of your own',
      },
    );
  }
}
