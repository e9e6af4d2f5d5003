import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { targets } from '../../cli/commands/help.ts';
import { portMarkers, renderConfigTable, tableMarkers } from '../../config/describe.ts';
import { renderPortTable } from '../../config/describe-ports.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every page a reader may open: path from the repository's root, and text. */
const pages = [
  'README.md',
  'CHANGES.md',
  'lab/README.md',
  'toolchain/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].map((path) => ({ path, text: read(path) }));

const verbsOf = (text: string): string[] =>
  [...text.matchAll(/(?:^ {4}|[`"(]|\$ |&& )make ([a-z0-9]+)/gm)].map(([, verb = '']) => verb);

/** Targets of markdown links that are files: no addresses, no places within the same page. */
const linksOf = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));

/** Code words that name a file of this repository: a known folder first, an extension last, no placeholder. */
const fileWordsOf = (text: string): string[] =>
  [
    ...text.matchAll(
      /`((?:artifacts|bench|cli|components|config|docs|e2e|lab|lib|preflight|smoke|ssh|test|toolchain)\/[\w./-]+\.(?:ts|sh|md|json))`/g,
    ),
  ].map(([, path = '']) => path);

const each = (find: (text: string) => string[]) =>
  pages.flatMap(({ path, text }) => find(text).map((found) => ({ path, found })));

describe('the pages', () => {
  it('are found, with links and verbs, so that the rules below have something to look at', () => {
    expect(pages.map(({ path }) => path)).toEqual(expect.arrayContaining(['docs/guide.md', 'docs/architecture.md']));
    expect(verbsOf(read('README.md'))).toEqual(expect.arrayContaining(['up', 'test', 'smoke', 'down']));
    expect(each(linksOf).length).toBeGreaterThan(20);
    expect(each(fileWordsOf).length).toBeGreaterThan(20);
  });

  it('name no verb of make that the Makefile does not have', () => {
    const known = targets(read('Makefile')).map(({ name }) => name);
    expect(known).toContain('up');
    expect(each(verbsOf).filter(({ found }) => ![...known, 'jest'].includes(found))).toEqual([]);
  });

  it('link to files that exist', () => {
    const dead = each(linksOf).filter(({ path, found }) => !existsSync(join(root, dirname(path), found)));
    expect(dead).toEqual([]);
  });

  it('name files that exist', () => {
    expect(each(fileWordsOf).filter(({ found }) => !existsSync(join(root, found)))).toEqual([]);
  });

  it('hold no path of one machine, and no host name but those of publishers and documentation', () => {
    const paths = /(?:^|[\s`"'(=:])\/(?:work|root|home|Users)\/[^\s`]*/;
    const known =
      /(?:^|\.)(?:k8s\.io|kubernetes\.io|github\.com|githubusercontent\.com|amazonaws\.com|amazon\.com|wiki\.debian\.org|pulumi\.com|etcd\.io|containerd\.io|cni\.dev|coredns\.io|apache\.org|openbsd\.org|keepalived\.org|example\.com)$/;
    // A name with a top-level domain that registries have; the API groups of Kubernetes look the same and are known.
    const host = /\b(?:[a-z0-9-]+\.)+(?:com|org|io|net|dev|cloud)\b/g;
    const lines = pages.flatMap(({ path, text }) =>
      text.split('\n').map((line, index) => ({ where: `${path}:${index + 1}`, line })),
    );
    expect(lines.filter(({ line }) => paths.test(line))).toEqual([]);
    expect(lines.filter(({ line }) => (line.match(host) ?? []).some((name) => !known.test(name)))).toEqual([]);
  });

  it('leave no decision unlisted', () => {
    const folder = join(root, 'docs', 'decisions');
    const listed = linksOf(read('docs/decisions/README.md'));
    const there = readdirSync(folder).filter((name) => /^\d{4}-/.test(name));
    expect(there.length).toBeGreaterThan(5);
    expect(listed.filter((name) => /^\d{4}-/.test(name)).sort()).toEqual(there.sort());
  });
});

describe("the README's table of keys", () => {
  it('is the generated one: otherwise run `node config/describe.ts`', () => {
    const [, rest = '', ...more] = read('README.md').split(tableMarkers.begin);
    expect(more).toEqual([]);
    expect(rest.split(tableMarkers.end)[0]?.trim()).toBe(renderConfigTable());
  });
});

describe('the table of ports', () => {
  it('is the generated one: otherwise run `node config/describe.ts`', () => {
    const [, rest = '', ...more] = read('docs/ports.md').split(portMarkers.begin);
    expect(more).toEqual([]);
    expect(rest.split(portMarkers.end)[0]?.trim()).toBe(renderPortTable());
  });
});
