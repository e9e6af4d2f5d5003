/** Downloads what standard input lists, with the toolchain's own code; prints a result for each as a line of JSON. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { extractMembers } from '../../../toolchain/download/archive.ts';
import { download, type RemoteFile } from '../../../toolchain/download/fetch.ts';

/** A download to try. */
export interface Attempt {
  readonly file: RemoteFile;
  readonly members?: Record<string, string>;
}

/** What came of it. */
export interface Outcome {
  /** Beginning of each file that came: its own name where it is a sample. */
  readonly files?: Record<string, string>;
  readonly error?: string;
}

async function attempt({ file, members }: Attempt, folder: string): Promise<Outcome> {
  const target = join(folder, basename(new URL(file.url).pathname));
  try {
    await download(file, target);
    if (members) await extractMembers(target, members, folder);
    const names = members ? Object.keys(members) : [basename(target)];
    const read = async (name: string) => [name, (await readFile(join(folder, name), 'utf8')).slice(0, 200)] as const;
    return { files: Object.fromEntries(await Promise.all(names.map(read))) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

for (const each of JSON.parse(await text(process.stdin)) as Attempt[]) {
  const folder = await mkdtemp(join(tmpdir(), 'hardway-download-'));
  console.log(JSON.stringify(await attempt(each, folder)));
  await rm(folder, { recursive: true, force: true });
}
