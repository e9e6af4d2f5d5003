import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { anchorsOf, linksOf, type PageLink } from '../../docs/tools/links.ts';
import { targets } from '../../docs/tools/makefile.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every page a reader may open: path from the repository's root, and text. */
const pages = [
  'README.md',
  'CHANGES.md',
  'CONTRIBUTING.md',
  'RELEASE.md',
  'SECURITY.md',
  'lab/README.md',
  'toolchain/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].map((path) => ({ path, text: read(path) }));

const verbsOf = (text: string): string[] =>
  [...text.matchAll(/(?:^ {4}|[`"(]|\$ |&& )make ([a-z0-9-]+)/gm)].map(([, verb = '']) => verb);

/** Code words that name a file of this repository: a known folder first, an extension last, no placeholder. */
const fileWordsOf = (text: string): string[] =>
  [
    ...text.matchAll(
      /`((?:artifacts|bench|cli|components|config|docs|e2e|lab|lib|preflight|smoke|ssh|test|toolchain)\/[\w./-]+\.(?:ts|sh|md|json))`/g,
    ),
  ].map(([, path = '']) => path);

const each = (find: (text: string) => string[]) =>
  pages.flatMap(({ path, text }) => find(text).map((found) => ({ path, found })));

const links = pages.flatMap(({ path, text }) => linksOf(text).map((link) => ({ path, ...link })));

/** What is wrong with a link, or undefined. */
function broken({ path, url }: PageLink & { path: string }): string | undefined {
  const [file = '', anchor] = url.split('#');
  const target = file === '' ? path : join(dirname(path), file);
  if (!existsSync(join(root, target))) return 'no such file';
  if (anchor === undefined) return undefined;
  return anchorsOf(read(target)).includes(anchor) ? undefined : 'no such heading';
}

/** Sources that say something to people: messages, comments, workflows, whole stack files. */
const sources = [
  ...[
    'artifacts',
    'bench',
    'cli',
    'components',
    'config',
    'docs/tools',
    'e2e',
    'lab',
    'lib',
    'preflight',
    'smoke',
    'ssh',
  ]
    .concat('toolchain', '.github')
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(ts|sh|ya?ml|md)$/.test(name) && !name.includes('node_modules'))
        .map((name) => join(folder, name)),
    ),
  ...readdirSync(root).filter((name) => /^Pulumi\.|^Makefile$|^index\.ts$/.test(name)),
].map((path) => ({ path, text: read(path) }));

/** Places in the documentation that sources name, e.g. `docs/troubleshooting.md#wrong-checksum`. */
const placesOf = (text: string): string[] =>
  [...text.matchAll(/(?<![\w./:-])docs\/[\w/-]+(?:\.md)?(?:#[\w-]+)?/g)].map(([place]) => place);

describe('the sources', () => {
  const places = sources.flatMap(({ path, text }) => placesOf(text).map((url) => ({ path, url })));
  const wrong = ({ path, url }: { path: string; url: string }) => {
    // As a link of the README: places are said from the root.
    const why = broken({ path: 'README.md', line: 0, url });
    return why === undefined ? [] : [`${path}: ${url}: ${why}`];
  };

  it('name pages and headings that exist', () => {
    expect(places.map(({ url }) => url)).toContain('docs/reference/ports.md');
    expect(places.some(({ url }) => url.includes('#'))).toBe(true);
    expect(places.flatMap(wrong)).toEqual([]);
  });

  it('would not name a heading that does not exist', () => {
    expect(placesOf('See docs/troubleshooting.md#nothing.')).toEqual(['docs/troubleshooting.md#nothing']);
    expect(wrong({ path: 'a.ts', url: 'docs/troubleshooting.md#nothing' })).toHaveLength(1);
  });
});

describe('the pages', () => {
  it('are found, with links and verbs, so that the rules below have something to look at', () => {
    expect(pages.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['docs/tutorial/05-etcd.md', 'docs/architecture.md']),
    );
    expect(verbsOf(read('README.md'))).toEqual(expect.arrayContaining(['up', 'test', 'smoke', 'down']));
    expect(links.length).toBeGreaterThan(100);
    expect(each(fileWordsOf).length).toBeGreaterThan(20);
  });

  it('name no verb of make that the Makefile does not have', () => {
    const known = targets(read('Makefile')).map(({ name }) => name);
    expect(known).toContain('up');
    expect(each(verbsOf).filter(({ found }) => ![...known, 'jest'].includes(found))).toEqual([]);
  });

  it('link to files and headings that exist', () => {
    const wrong = links.flatMap((link) => {
      const why = broken(link);
      return why === undefined ? [] : [`${link.path}:${link.line}: ${link.url}: ${why}`];
    });
    expect(wrong).toEqual([]);
  });

  it('would not link to a file or a heading that does not exist', () => {
    const at = { path: 'docs/architecture.md', line: 1 };
    expect(broken({ ...at, url: '../index.ts' })).toBeUndefined();
    expect(broken({ ...at, url: '#tests' })).toBeUndefined();
    expect(broken({ ...at, url: '../nothing.ts' })).toBe('no such file');
    expect(broken({ ...at, url: 'style.md#nothing' })).toBe('no such heading');
  });

  it('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const { url } of linksOf(read(path))) {
        const target = join(dirname(path), url.replace(/#.*/, ''));
        if (target.endsWith('.md')) reached.add(target);
      }
    }
    expect(pages.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });

  it('name files that exist', () => {
    expect(each(fileWordsOf).filter(({ found }) => !existsSync(join(root, found)))).toEqual([]);
  });

  it('hold no path of one machine, and no host name but those of publishers and documentation', () => {
    const paths = /(?:^|[\s`"'(=:])\/(?:work|root|home(?!\/weave)|Users)\/[^\s`]*/;
    const known =
      /(?:^|\.)(?:k8s\.io|kubernetes\.io|github\.com|githubusercontent\.com|amazonaws\.com|amazon\.com|wiki\.debian\.org|pulumi\.com|etcd\.io|golang\.org|go\.dev|containerd\.io|cni\.dev|coredns\.io|apache\.org|openbsd\.org|keepalived\.org|example\.com)$/;
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
    const listed = linksOf(read('docs/decisions/README.md')).map(({ url }) => url);
    const there = readdirSync(folder).filter((name) => /^\d{4}-/.test(name));
    expect(there.length).toBeGreaterThan(5);
    expect(listed.filter((name) => /^\d{4}-/.test(name)).sort()).toEqual(there.sort());
  });
});
