/**
 * The layout of shell files, by mvdan/sh, which is shfmt: two blanks, cases indented, operators at the end of a line.
 *
 *     node toolchain/format-shell.ts     writes those that differ
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { LangVariant, ParseError, print } from 'sh-syntax';
import { repoDir } from './cache/paths.ts';

/** Files whose text is what runs on machines: another layout would restart something there, for nothing. */
const asTheyAre: readonly string[] = [
  // Restarts keepalived, so that the virtual IP address moves.
  'components/load-balancer/find-interface.sh',
  // Is part of the pods of Weave Net, one after the other of which would be replaced.
  'components/addons/weave/install-plugin.sh',
];

const layout = { indent: 2, switchCaseIndent: true, binaryNextLine: false, spaceRedirects: false } as const;

/** Every shell file of the repository, by its path from the root. */
export async function shellFiles(): Promise<string[]> {
  const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.sh'], {
    cwd: repoDir(),
  });
  return stdout.split('\n').filter((path) => path !== '');
}

/** A shell file in its layout. @throws Error that names file and line when it is no shell */
async function formatted(path: string, text: string): Promise<string> {
  const variant = text.startsWith('#!/bin/bash') ? LangVariant.LangBash : LangVariant.LangPOSIX;
  try {
    return await print(text, { filepath: path, variant, ...layout });
  } catch (error) {
    const at = error instanceof ParseError && error.Pos ? `${path}:${error.Pos.Line}` : path;
    throw new Error(`${at}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The files that are not in their layout, with how they should be. */
export async function misformatted(files: readonly string[]): Promise<{ path: string; text: string }[]> {
  const checked = files
    .filter((path) => !asTheyAre.includes(path))
    .map(async (path) => {
      const before = readFileSync(join(repoDir(), path), 'utf8');
      const text = await formatted(path, before);
      return text === before ? [] : [{ path, text }];
    });
  return (await Promise.all(checked)).flat();
}

if (process.argv[1] === import.meta.filename) {
  for (const { path, text } of await misformatted(await shellFiles())) {
    writeFileSync(join(repoDir(), path), text);
    console.log(path);
  }
}
