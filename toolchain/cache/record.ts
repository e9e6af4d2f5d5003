import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256File } from '../download/fetch.ts';

const fileSchema = z.strictObject({ sha256: z.string(), size: z.number(), mtimeMs: z.number() });
const recordSchema = z.strictObject({
  source: z.enum(['download', 'build']),
  /** SHA-256 of the file that was downloaded: the archive, where the outputs are taken out of one. */
  fetched: z.string().optional(),
  files: z.record(z.string(), fileSchema),
});

/** What a finished part consists of; lies as `record.json` in its folder. */
export type PackageRecord = z.infer<typeof recordSchema>;

const recordName = 'record.json';

/** Sums the outputs in `dir` and writes the record beside them: the last step of making a part. */
export async function writeRecord(
  dir: string,
  source: PackageRecord['source'],
  outputs: string[],
  fetched?: string,
): Promise<PackageRecord> {
  const files: PackageRecord['files'] = {};
  for (const name of outputs) {
    const path = join(dir, name);
    const info = await stat(path);
    files[name] = { sha256: await sha256File(path), size: info.size, mtimeMs: info.mtimeMs };
  }
  const record: PackageRecord = { source, ...(fetched ? { fetched } : {}), files };
  await writeFile(join(dir, recordName), `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/** The record of a finished part, or undefined where the folder holds none. */
export async function readRecord(dir: string): Promise<PackageRecord | undefined> {
  const text = await readFile(join(dir, recordName), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * What is wrong with a part's files, or undefined where they are as recorded. A file whose size and time are as
 * recorded is taken as read; any other is summed again.
 */
export async function findFault(dir: string, record: PackageRecord, outputs: string[]): Promise<string | undefined> {
  for (const name of outputs) {
    const recorded = record.files[name];
    if (!recorded) return `${name} was never recorded`;
    const path = join(dir, name);
    const info = await stat(path).catch(() => undefined);
    if (!info) return `${name} is missing`;
    if (info.size !== recorded.size) return `${name} has ${info.size} bytes in place of ${recorded.size}`;
    if (info.mtimeMs === recorded.mtimeMs) continue;
    const actual = await sha256File(path);
    if (actual !== recorded.sha256) return `${name} has sha256 ${actual} in place of ${recorded.sha256}`;
  }
  return undefined;
}
