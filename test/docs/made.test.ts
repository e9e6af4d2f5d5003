import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { optionNames, options, secretOptions } from '../../config/options/index.ts';
import type { Option } from '../../config/options/option.ts';
import { configurationPages, linkToKey, pageOfKey } from '../../docs/tools/configuration.ts';
import { generated } from '../../docs/tools/generate.ts';
import { goldenOf, withGoldens } from '../../docs/tools/golden.ts';
import { anchorsOf } from '../../docs/tools/links.ts';
import { fencesOf, read, root } from '../../docs/tools/page.ts';
import { withMadeParts } from '../../docs/tools/reference.ts';

describe('made pages and parts', () => {
  it('are current: otherwise run `make docs`', () => {
    const stale = [...generated()].filter(([path, text]) => !existsSync(join(root, path)) || read(path) !== text);
    expect(stale.map(([path]) => path)).toEqual([]);
  });

  it('are the only pages in docs/configuration', () => {
    const names = configurationPages.map(({ name }) => `${name}.md`);
    expect(readdirSync(join(root, 'docs', 'configuration')).sort()).toEqual(['README.md', ...names].sort());
  });

  it('come from a part that exists', () => {
    expect(() => withMadeParts('<!-- made: nothing -->\n\n<!-- end -->')).toThrow('nothing makes "nothing"');
    expect(withMadeParts('a\n<!-- made: ports -->\n\n<!-- end -->\nb')).toContain('| tcp 2379 |');
  });
});

describe('files that pages show', () => {
  it('are put into the fence after the comment', () => {
    const path = 'test/golden/dev/ctl01/etcd__etc__etcd__bootstrap.env';
    const page = `<!-- golden: ${path} -->\n\`\`\`sh\nold\n\`\`\`\n`;
    expect(goldenOf(`golden: ${path}`)).toBe(path);
    expect(withGoldens(page)).toContain('ETCD_INITIAL_CLUSTER_STATE=new\n');
    expect(withGoldens(withGoldens(page))).toBe(withGoldens(page));
    expect(() => withGoldens(page.replace(path, 'test/golden/nothing'))).toThrow('ENOENT');
  });
});

describe('the pages of keys', () => {
  it.each(optionNames)('%s has a heading on one page', (name) => {
    const [path = '', anchor = ''] = linkToKey(name).split('#');
    expect(anchorsOf(read(path))).toContain(anchor);
    expect(pageOfKey(name).name).toBe(path.replace(/^.*\/|\.md$/g, ''));
  });

  it('shows an example that the rule allows and that is not just an empty default', () => {
    const poor = optionNames.filter((name) => {
      const { schema, default: fallback, example = fallback } = options[name] as Option;
      expect({ name, issues: schema.safeParse(example).error?.issues }).toEqual({ name, issues: undefined });
      const empty = ['""', '[]', '{}'].includes(JSON.stringify(example));
      return empty && !secretOptions.includes(name);
    });
    expect(poor).toEqual([]);
  });

  it('have no long cells', () => {
    for (const line of read('docs/configuration/README.md').split('\n')) {
      if (line.startsWith('|')) expect(line.length).toBeLessThan(120);
    }
  });
});

describe('the tables of flags', () => {
  const chapters = readdirSync(join(root, 'docs', 'tutorial'))
    .filter((name) => /^\d\d-/.test(name))
    .map((name) => {
      const text = readFileSync(join(root, 'docs', 'tutorial', name), 'utf8');
      return {
        name,
        text,
        tables: text
          .split('\n')
          .filter((line) => line.startsWith('|'))
          .join('\n'),
      };
    });
  const shown = chapters.flatMap(({ name, text, tables }) =>
    fencesOf(text).flatMap((fence) => (goldenOf(fence.note) === undefined ? [] : [{ name, tables, fence }])),
  );

  it('say what every flag of every unit is for', () => {
    const missing = shown.flatMap(({ name, tables, fence }) =>
      [...fence.text.matchAll(/^ {2}(--[a-z-]+)/gm)]
        .filter(([, flag]) => !tables.includes(`\`${flag}\``))
        .map(([, flag]) => `${name}: ${flag}`),
    );
    expect(shown.length).toBeGreaterThan(15);
    expect(missing).toEqual([]);
  });

  it('say what every field of a configuration file is for', () => {
    const files = shown.filter(
      ({ fence }) => /^kind: \w+Configuration$/m.test(fence.text) && /kubelet|kubeproxy|kubescheduler/.test(fence.text),
    );
    const missing = files.flatMap(({ name, tables, fence }) =>
      [...fence.text.matchAll(/^([a-zA-Z]+):/gm)]
        .filter(([, field = '']) => !['apiVersion', 'kind'].includes(field))
        .filter(([, field]) => !new RegExp(`\`${field}[\`:]`).test(tables))
        .map(([, field]) => `${name}: ${field}`),
    );
    expect(files).toHaveLength(3);
    expect(missing).toEqual([]);
  });
});

describe('the reference', () => {
  it('has every variable of ours that the program reads', () => {
    const page = read('docs/reference/environment.md');
    const folders = ['cli', 'toolchain', 'lab', 'smoke', 'config', 'preflight'].filter((name) =>
      existsSync(join(root, name)),
    );
    const sources = folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => read(join(folder, name))),
    );
    const names = new Set(sources.flatMap((text) => text.match(/\benv\.HARDWAY_[A-Z_]+/g) ?? []));
    expect(names.size).toBeGreaterThan(3);
    expect([...names].map((name) => name.slice(4)).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('has every output of the program, and no other', () => {
    const exported = [...read('index.ts').matchAll(/^export const (?:(\w+)|\{ ([^}]+) \})/gm)]
      .flatMap(([, one, several = '']) => (one ? [one] : several.split(', ')))
      .sort();
    const rows = read('docs/reference/outputs.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const listed = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(listed.sort()).toEqual(exported);
  });

  it('has a heading for every verb', () => {
    const verbs = [...read('Makefile').matchAll(/^([a-z0-9-]+):[^#\n]*## /gm)].map(([, name]) => `make-${name}`);
    expect(anchorsOf(read('docs/reference/commands.md'))).toEqual(expect.arrayContaining(verbs));
  });
});
