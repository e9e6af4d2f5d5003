import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { checkoutsDir, repoDir } from './paths.ts';

const recordSchema = z.strictObject({
  /** Root of the checkout. */
  checkout: z.string(),
  /** The folder of each part that it last used, by part id. */
  parts: z.record(z.string(), z.string()),
});

type CheckoutRecord = z.infer<typeof recordSchema>;

function recordPath(checkout: string): string {
  return join(checkoutsDir(), `${createHash('sha256').update(checkout).digest('hex').slice(0, 16)}.json`);
}

async function readRecord(path: string): Promise<CheckoutRecord | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Records in the cache which parts a checkout uses, so that no other checkout removes them. A cache that this user may
 * not write is left alone: nothing is removed from it either.
 *
 * @param used - folders by part id; what was recorded of other parts stays
 */
export async function recordUse(used: Readonly<Record<string, string>>, checkout = repoDir()): Promise<void> {
  const path = recordPath(checkout);
  const before = await readRecord(path);
  const after: CheckoutRecord = { checkout, parts: { ...before?.parts, ...used } };
  if (before && JSON.stringify(before) === JSON.stringify(after)) return;
  try {
    await mkdir(checkoutsDir(), { recursive: true });
    const fresh = `${path}.${randomUUID()}`;
    await writeFile(fresh, `${JSON.stringify(after, null, 2)}\n`);
    await rename(fresh, path);
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** The folders that other checkouts use of a part. Forgets checkouts that are gone. */
export async function usedByOthers(partId: string, checkout = repoDir()): Promise<string[]> {
  const used: string[] = [];
  for (const name of await readdir(checkoutsDir()).catch(() => [])) {
    if (!name.endsWith('.json')) continue;
    const path = join(checkoutsDir(), name);
    const record = await readRecord(path);
    if (!record || record.checkout === checkout) continue;
    const gone = await access(record.checkout).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    );
    if (gone) await rm(path, { force: true }).catch(() => undefined);
    else if (record.parts[partId]) used.push(record.parts[partId]);
  }
  return used;
}
