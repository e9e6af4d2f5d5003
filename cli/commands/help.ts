import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repoDir } from '../../toolchain/cache/paths.ts';

/** The targets of a Makefile that say what they are for: `target: ## what for`. */
export function targets(makefile: string): { name: string; what: string }[] {
  return [...makefile.matchAll(/^([a-z0-9-]+):[^#\n]*## (.*)$/gm)].map(([, name = '', what = '']) => ({ name, what }));
}

/** `make help`. */
export async function help(print: (line: string) => void): Promise<number> {
  const makefile = await readFile(join(repoDir(), 'Makefile'), 'utf8');
  for (const { name, what } of targets(makefile)) print(`  make ${name.padEnd(9)} ${what}`);
  return 0;
}
