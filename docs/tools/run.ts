import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Arguments } from '../../cli/args.ts';
import { down } from '../../cli/commands/down.ts';
import { up } from '../../cli/commands/up.ts';
import { countsLine } from '../../cli/output/counts.ts';
import { duration } from '../../cli/output/time.ts';
import { openWorkspace } from '../../cli/pulumi/workspace.ts';
import { labStatus } from '../../lab/status.ts';
import { chapterOf, type Outcome, runPage } from './chapter.ts';
import { read, root } from './page.ts';
import { Shell } from './shell.ts';

/** The stack that the tutorial is run on: the dev stack's shape, beside it. */
const stack = 'docs';
const labName = 'hardway-docs';
const labSubnet = '10.96.0.0/24';

/** What pages say of the dev stack, and what it is on the lab they are run on. */
const translations = [
  ['$PWD/kubeconfig', `$PWD/kubeconfig-${stack}`],
  ['10.89.0.', labSubnet.replace(/0\/24$/, '')],
  ['hardway-dev', labName],
  ['--stack dev', `--stack ${stack}`],
] as const;

/** What make hands to its children, which a reader's terminal does not have. */
const ofMake = [
  'MAKEFLAGS',
  'MAKELEVEL',
  'MFLAGS',
  'MAKEOVERRIDES',
  'CMD',
  'NODE',
  'HOST',
  'UPDATE',
  'CHAPTER',
  'KEEP',
];

function readersEnvironment(): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofMake.includes(name)));
  return { ...own, STACK: stack, LC_ALL: 'C.UTF-8', COLUMNS: '120', TERM: 'dumb' };
}

/** A command of a page as the lab needs it. */
const asRun = (command: string): string =>
  translations.reduce((text, [page, lab]) => text.replaceAll(page, lab), command);

/** A text of the lab as a reader of a page sees it; nothing of this computer is left in it. */
export const asShown = (output: string): string =>
  [
    ...translations.map(([page, lab]) => [lab, page] as const),
    [`kubeconfig-${stack}`, 'kubeconfig'] as const,
    [` STACK=${stack}`, ''] as const,
    [`stack ${stack}`, 'stack dev'] as const,
    [root, '~/hardway'] as const,
    [homedir(), '~'] as const,
  ].reduce((text, [lab, page]) => text.replaceAll(lab, page), output);

/** The chapters of the tutorial in order. */
export function chapters(first = ''): string[] {
  const folder = join('docs', 'tutorial');
  const names = readdirSync(join(root, folder)).filter((name) => /^\d\d-.*\.md$/.test(name));
  return names
    .filter((name) => name.startsWith(first))
    .sort()
    .map((name) => join(folder, name));
}

/** The stack's file: the dev stack's, but for the lab's name and network. */
export function stackFileText(): string {
  const { config } = parse(read('Pulumi.dev.yaml')) as { config: Record<string, unknown> };
  const lab = { 'hardway:labName': labName, 'hardway:labSubnet': labSubnet };
  const lines = Object.entries({ ...config, ...lab }).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
  return ['# Written by `make docs-test`; not committed.', 'config:', ...lines, ''].join('\n');
}

/**
 * `make docs-test`: runs the commands of the tutorial, in order, on a lab of their own, and compares what they print with
 * what the pages show. Returns the exit status.
 */
export async function docsTest(given: Arguments, print: (line: string) => void): Promise<number> {
  const begin = performance.now();
  const pages = chapters(given.chapter);
  if (pages.length === 0) throw new Error(`no chapter begins with "${given.chapter}"`);
  const home = await openWorkspace();
  writeFileSync(join(root, `Pulumi.${stack}.yaml`), stackFileText());
  const standing = (await labStatus(labName)).machines.length > 0;
  const indented = (line: string) => print(`      ${line}`);
  // One chapter on a lab that stands is for whoever writes it: no update in between.
  const ready = standing && given.chapter !== undefined;
  if (!ready && !(await up({ stack, print: indented, select: false, display: false })).update.ok) return 1;
  const outcomes: Outcome[] = [];
  for (const path of pages) {
    const shell = new Shell(root, readersEnvironment());
    try {
      const env = join(home.stateDir, 'env');
      await shell.run(`set -o pipefail; . ${env}; export KUBECONFIG=$PWD/kubeconfig-${stack}`, 10_000);
      const page = read(path);
      const run = { shell, asRun, asShown, update: given.update === true, print };
      const result = await runPage({ path, page, ...run });
      if (result.page !== page) writeFileSync(join(root, path), result.page);
      outcomes.push(...result.outcomes);
    } finally {
      shell.close();
    }
  }
  // A lab that stood before belongs to whoever is writing.
  if (!given.keep && !standing) await down({ stack, print: indented, forget: true });
  return close(outcomes, print, performance.now() - begin);
}

function close(outcomes: readonly Outcome[], print: (line: string) => void, took: number): number {
  const count = (state: Outcome['state']) => outcomes.filter((outcome) => outcome.state === state).length;
  const skipped = outcomes.filter(({ state }) => state === 'not-run');
  for (const { where, reason } of skipped) print(`not run: ${where}: ${reason}`);
  if (count('recorded') > 0) print(`recorded anew: ${count('recorded')}; read the difference before you commit it`);
  print(`${chaptersIn(outcomes)} chapters, ${skipped.length} commands not run; took ${duration(took)}`);
  print(countsLine({ passed: count('passed') + count('recorded'), failed: count('failed') }));
  return count('failed') > 0 ? 1 : 0;
}

const chaptersIn = (outcomes: readonly Outcome[]): number =>
  new Set(outcomes.map(({ where }) => chapterOf(where))).size;

/** Whether a page's commands are part of the tutorial. */
export const isChapter = (path: string): boolean => existsSync(join(root, path)) && chapters().includes(path);
