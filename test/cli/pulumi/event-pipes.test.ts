import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { removeEventPipes } from '../../../cli/pulumi/recover.ts';

it("pipes of a stack's killed updates go, and nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hardway-pipes-'));
  const pipes = [
    '.events-dev-12-20261125-150716',
    '.events-dev-2-12-20261125-150716',
    '.events-devx-12-20261125-150716',
  ];
  for (const name of pipes) execFileSync('mkfifo', [join(folder, name)]);
  await writeFile(join(folder, 'up-dev-20261125-150716.log'), '');
  await removeEventPipes(folder, 'dev');
  expect((await readdir(folder)).sort()).toEqual([...pipes.slice(1), 'up-dev-20261125-150716.log'].sort());
  await rm(folder, { recursive: true });
});
