/** `make docs`: writes the generated parts of the documentation. Tests notice when it was not run. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withGoldens } from './golden.ts';
import { read, root } from './page.ts';

/** Pages that people write, generated parts included; paths from the repository's root. */
export function pages(): string[] {
  const names = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', ...names.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))].sort();
}

/** Every page that is made or completed here, with its text as it must be. */
export function generated(): Map<string, string> {
  return new Map(pages().map((path) => [path, withGoldens(read(path))]));
}

/** `make docs`. Returns the exit status. */
export async function generate(print: (line: string) => void): Promise<number> {
  for (const [path, text] of generated()) {
    if (text === read(path)) continue;
    writeFileSync(join(root, path), text);
    print(`written: ${path}`);
  }
  return 0;
}
