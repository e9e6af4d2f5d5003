import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What decides on what goes onto machines: the program itself, and the lock of what it installs. */
const patterns = ['index.ts', 'package-lock.json', '{artifacts,components,config,lib}/**/*.{ts,sh,json,yaml}'];

/**
 * A digest of the program's sources: another one may want other files on machines of the same configuration.
 *
 * @param folder - the repository's root
 */
export function sourcesDigest(folder: string): string {
  const digest = createHash('sha256');
  for (const path of globSync(patterns, { cwd: folder }).sort())
    digest
      .update(path)
      .update('\0')
      .update(readFileSync(join(folder, path)));
  return digest.digest('hex').slice(0, 16);
}
