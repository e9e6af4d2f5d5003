/** `make docs`: writes the generated parts of the documentation, and `Pulumi.yaml`. Tests notice when it was not run. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderProjectFile } from '../../config/describe.ts';
import { configurationPages, renderConfigurationIndex, renderConfigurationPage } from './configuration.ts';
import { withGoldens } from './golden.ts';
import { read, root } from './page.ts';
import { withMadeParts } from './reference.ts';

const configuration = join('docs', 'configuration');

/** Every page of the documentation; paths from the repository's root. */
export function pages(): string[] {
  const names = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', ...names.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))].sort();
}

/** `Pulumi.yaml` and every page with the text it must have. Generated pages that should not exist are missing. */
export function generated(): Map<string, string> {
  const whole = new Map([
    ['Pulumi.yaml', renderProjectFile()],
    [join(configuration, 'README.md'), renderConfigurationIndex()],
    ...configurationPages.map((page): [string, string] => [
      join(configuration, `${page.name}.md`),
      renderConfigurationPage(page),
    ]),
  ]);
  const written = pages().filter((path) => !path.startsWith(configuration));
  return new Map([
    ...written.map((path): [string, string] => [path, withMadeParts(withGoldens(read(path)))]),
    ...whole,
  ]);
}

/**
 * `make docs`.
 *
 * @returns the exit status
 */
export async function generate(print: (line: string) => void): Promise<number> {
  for (const [path, text] of generated()) {
    if (existsSync(join(root, path)) && text === read(path)) continue;
    writeFileSync(join(root, path), text);
    print(`written: ${path}`);
  }
  return 0;
}
