import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { verbs } from '../cli/args.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('renovate.json', () => {
  const config = JSON.parse(read('renovate.json')) as {
    readonly customManagers: readonly {
      readonly managerFilePatterns: readonly string[];
      readonly matchStrings: readonly string[];
      readonly extractVersionTemplate: string;
    }[];
  };
  const [manager] = config.customManagers;
  const patterns = (manager?.managerFilePatterns ?? []).map((pattern) => new RegExp(pattern.slice(1, -1)));
  const match = new RegExp(manager?.matchStrings[0] ?? '', 'g');

  it('finds a version behind each of its comments', () => {
    const commented = ['artifacts', 'cli', 'components', 'config', 'lab', 'lib', 'toolchain']
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.ts'))
          .map((name) => `${folder}/${name}`),
      )
      .filter((path) => read(path).includes('// renovate: '));
    expect(commented.length).toBeGreaterThan(1);
    expect(commented.filter((path) => !patterns.some((pattern) => pattern.test(path)))).toEqual([]);
    for (const path of commented) {
      const found = [...read(path).matchAll(match)];
      expect({ path, found: found.length }).toEqual({ path, found: read(path).match(/\/\/ renovate: /g)?.length });
      for (const { groups } of found) {
        expect(['github-releases', 'pypi']).toContain(groups?.datasource);
        expect(groups?.depName).toMatch(/^[\w-]+(\/[\w-]+)?$/);
        expect(groups?.currentValue).toMatch(/^\d+(\.\d+){2,3}$/);
      }
    }
  });

  it('takes the leading v off a release', () => {
    const extract = new RegExp(manager?.extractVersionTemplate ?? '');
    expect(extract.exec('v1.36.4')?.groups?.version).toBe('1.36.4');
    expect(extract.exec('3.7.3')?.groups?.version).toBe('3.7.3');
  });
});

describe('the Makefile', () => {
  it('has a target for every verb but that of .ci/run', () => {
    const targets = [...read('Makefile').matchAll(/^([a-z0-9-]+):/gm)].map(([, name = '']) => name);
    expect(verbs.filter((verb) => verb !== 'ci' && !targets.includes(verb))).toEqual([]);
  });
});

describe('package.json', () => {
  it('runs only what is there', () => {
    const { scripts, devDependencies } = JSON.parse(read('package.json')) as {
      readonly scripts: Readonly<Record<string, string>>;
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    const files = readdirSync(root, { recursive: false, encoding: 'utf8' });
    const bins = { tsc: 'typescript', biome: '@biomejs/biome', knip: 'knip', cspell: 'cspell', lefthook: 'lefthook' };
    for (const script of Object.values(scripts)) {
      const [program = '', first = ''] = script.split(' ');
      const known = program in bins ? devDependencies[bins[program as keyof typeof bins]] : undefined;
      const runs =
        ['sh', 'node', 'make'].includes(program) &&
        (first.startsWith('-') || files.includes(first.split('/')[0] ?? ''));
      expect({ script, known: known !== undefined || runs || program === 'make' }).toMatchObject({ known: true });
    }
  });
});

describe('templates and hooks', () => {
  it.each(['.github/ISSUE_TEMPLATE/bug.yml', '.github/ISSUE_TEMPLATE/feature.yml'])('%s is a form', (path) => {
    const form = parse(read(path)) as { readonly name: string; readonly body: readonly { readonly type: string }[] };
    expect(form.name).toMatch(/\w/);
    expect(form.body.length).toBeGreaterThan(1);
    for (const { type } of form.body) expect(['markdown', 'textarea', 'input', 'dropdown']).toContain(type);
  });

  it('lefthook.yml runs what npm installs', () => {
    expect(Object.keys(parse(read('lefthook.yml')) as object)).toEqual(['pre-commit', 'commit-msg']);
  });

  it('the dev container has an engine of its own and runs as root, as a lab needs', () => {
    const text = read('.devcontainer/devcontainer.json').replaceAll(/^\s*\/\/.*$/gm, '');
    const container = JSON.parse(text) as Readonly<Record<string, unknown>>;
    expect(container).toMatchObject({ privileged: true, remoteUser: 'root' });
    expect(Object.keys(container.features as object).join()).toContain('docker-in-docker');
  });
});
