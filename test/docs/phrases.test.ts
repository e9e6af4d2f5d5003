import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');

/** Folders whose sources, messages and comments hold none of the phrases. */
const folders = ['artifacts', 'cli', 'config', 'lib', 'preflight', '.github'];
/** Pages that hold none; docs/style.md lists them. */
const pages = ['CONTRIBUTING.md', 'RELEASE.md', 'SECURITY.md', 'Makefile'];

const style = readFileSync(join(root, 'docs', 'style.md'), 'utf8');
const phrases = [...(style.split(/<!-- phrases: (?:begin|end) -->/)[1] ?? '').matchAll(/^- (.+)$/gm)].map(
  ([, phrase = '']) => phrase,
);
const pattern = new RegExp(`\\b(${phrases.join('|')})\\b`, 'gi');

const files = [
  ...pages,
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|md|ya?ml|sh)$/.test(name))
      .map((name) => join(folder, name)),
  ),
];

describe('the phrases of docs/style.md', () => {
  it('are found where they are, so that the rule below has something to look for', () => {
    expect(phrases).toContain('nobody');
    expect('Nobody has looked at it'.match(pattern)).toEqual(['Nobody', 'looked at']);
    expect(files.length).toBeGreaterThan(100);
  });

  it('are in none of the sources', () => {
    const found = files.flatMap((path) =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .flatMap((line, index) => (line.match(pattern) ?? []).map((phrase) => `${path}:${index + 1}: ${phrase}`)),
    );
    expect(found).toEqual([]);
  });
});
