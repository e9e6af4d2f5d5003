import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize, relative, sep } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..');
const skipped = new Set(['node_modules', '.git', '.hardway', 'coverage']);

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = sources(root);
const imports: Import[] = files.flatMap((path) =>
  [...readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, target = '']) => ({
    from: relative(root, path),
    to: target.startsWith('.') ? relative(root, normalize(join(path, '..', target))) : target,
  })),
);

const within = (path: string, folder: string): boolean => path.startsWith(folder.split('/').join(sep) + sep);
const named = (found: readonly Import[]): string[] => found.map(({ from, to }) => `${from} imports ${to}`);

describe('the rooms', () => {
  it('are found, so that the rules below have something to look at', () => {
    expect(imports.length).toBeGreaterThan(200);
    expect(named(imports)).toContain('index.ts imports components/etcd/index.ts');
  });

  it('never import a sibling room: index.ts hands outputs on', () => {
    const room = (path: string): string | undefined => /^components\/([^/]+)\//.exec(path)?.[1];
    const bad = imports.filter(({ from, to }) => {
      const [mine, theirs] = [room(from), room(to)];
      return mine && theirs && mine !== theirs && theirs !== 'remote';
    });
    expect(named(bad)).toEqual([]);
  });

  it('keep rendering, address arithmetic, validation and the look at hosts free of Pulumi', () => {
    const pure = (path: string): boolean =>
      within(path, 'lib') ||
      within(path, 'preflight') ||
      within(path, 'ssh') ||
      path.endsWith(`${sep}files.ts`) ||
      (within(path, 'config') && path !== join('config', 'load.ts'));
    expect(named(imports.filter(({ from, to }) => pure(from) && to.startsWith('@pulumi/')))).toEqual([]);
  });

  it('reach machines through remote/ alone', () => {
    const bad = imports.filter(
      ({ from, to }) => to.startsWith('@pulumi/command') && !within(from, 'components/remote'),
    );
    expect(named(bad)).toEqual([]);
  });

  it("load a cloud's SDK for its stacks alone", () => {
    const cloud = 'components/machines/aws';
    const users = imports.filter(({ from, to }) => to.startsWith('@pulumi/aws') && !within(from, cloud));
    expect(named(users)).toEqual([]);
    // What is imported by type alone is not loaded; the one import that is no such waits until it is called.
    const entries = imports.filter(
      ({ from, to }) => within(to, cloud) && !within(from, cloud) && !within(from, 'test'),
    );
    expect(named(entries)).toEqual([`components/machines/cloud.ts imports ${cloud}/index.ts`]);
    expect(readFileSync(join(root, 'components/machines/cloud.ts'), 'utf8')).toContain(
      "await import('./aws/index.ts')",
    );
  });

  it('read configuration in config/load.ts alone', () => {
    const readers = files
      .filter((path) => /new pulumi\.Config|allConfig\(|getConfig\(/.test(readFileSync(path, 'utf8')))
      .map((path) => relative(root, path))
      .filter((path) => !within(path, 'test'));
    expect(readers).toEqual([join('config', 'load.ts')]);
  });

  it('keep files under 300 lines', () => {
    const long = files
      .map((path) => ({ path: relative(root, path), lines: readFileSync(path, 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });

  it('name no machine path and no registry host in what is committed', () => {
    // In pieces, so that this file names none either.
    const hosts = [
      ['registry', 'npmjs'],
      ['proxy', 'golang'],
      ['deb', 'debian'],
      ['pypi', 'org'],
      ['crates', 'io'],
    ].map((pieces) => pieces.join('.'));
    const forbidden = [...hosts, ['', 'root', '.cache'].join('/'), ['', 'work', ''].join('/')];
    const bad = files.flatMap((path) =>
      forbidden
        .filter((host) => readFileSync(path, 'utf8').includes(host))
        .map((host) => `${relative(root, path)}: ${host}`),
    );
    expect(bad).toEqual([]);
  });
});
