import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { RolePlan } from '../../../lib/format/role.ts';

/**
 * Compares texts with the files of `test/golden/<folder>/`, exactly and in both directions: a golden that nothing
 * renders any more is a failure too. `UPDATE_GOLDENS=1` writes them instead; read the diff before you commit it.
 */
export function expectGoldens(folder: string, texts: Readonly<Record<string, string>>): void {
  const home = join(import.meta.dirname, '..', '..', 'golden', folder);
  if (process.env.UPDATE_GOLDENS === '1') {
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home, { recursive: true });
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(home, name), text);
  }
  const stored = existsSync(home) ? readdirSync(home) : [];
  const golden = Object.fromEntries(stored.map((name) => [name, readFileSync(join(home, name), 'utf8')]));
  expect(texts).toEqual(golden);
}

/** A plan as golden files: one for each file (`etc__etcd__x`), and PLAN with everything that is not a file's text. */
export function planTexts(plan: RolePlan): Record<string, string> {
  // What is PEM came in as an argument; PLAN says where it went.
  const rendered = Object.entries(plan.files).filter(([, file]) => !file.content.startsWith('-----BEGIN '));
  return {
    PLAN: planSummary(plan),
    ...Object.fromEntries(rendered.map(([path, file]) => [path.slice(1).replaceAll('/', '__'), file.content])),
  };
}

function planSummary(plan: RolePlan): string {
  const octal = (mode: number) => `0${mode.toString(8)}`;
  const sorted = <T>(record: Readonly<Record<string, T>> = {}) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const what = (content: string) =>
    content.startsWith('-----BEGIN ') ? `  <- ${content.split('\n').slice(0, 2).join(' ')}` : '';
  return [
    '# directories',
    ...sorted(plan.directories).map(([path, mode]) => `${octal(mode)} ${path}`),
    '# files',
    ...sorted(plan.files).map(
      ([path, file]) => `${octal(file.mode)} ${file.owner ?? 'root:root'} ${path}${what(file.content)}`,
    ),
    '# links',
    ...sorted(plan.links).map(([path, target]) => `${path} -> ${target}`),
    '# services, and what restarts (or reloads) them',
    ...plan.services.flatMap((service) => [
      service.unit,
      ...service.restartOn.map((path) => `  restart ${path}`),
      ...(service.reloadOn ?? []).map((path) => `  reload ${path}`),
    ]),
    '# settle',
    ...(plan.settle ?? []),
    '# health',
    plan.health,
    '',
  ].join('\n');
}
