import { join } from 'node:path';
import { execa } from 'execa';
import { repoDir } from '../../toolchain/cache/paths.ts';
import { ensureActionlint } from '../../toolchain/ensure.ts';
import { readJestCounts } from '../output/counts.ts';
import { Steps } from '../output/steps.ts';

/** `make test`: type check, lint, spelling, workflows, unit tests. Needs no root, no Docker, no engine. Returns the exit status. */
export async function test(print: (line: string) => void): Promise<number> {
  const steps = new Steps(print);
  const modules = join(repoDir(), 'node_modules');
  // Each by this very Node, so that nothing depends on what `npx` would find.
  const tool = (path: string, args: readonly string[], options: readonly string[] = []) =>
    execa(process.execPath, [...options, join(modules, path), ...args], {
      cwd: repoDir(),
      reject: false,
      all: true,
      stdin: 'ignore',
    });
  const must = async (running: ReturnType<typeof tool>) => {
    const result = await running;
    if (result.exitCode !== 0) throw new Error(String(result.all ?? result.shortMessage));
  };
  await steps.step('types (tsc)', () => must(tool('typescript/bin/tsc', ['--noEmit'])));
  await steps.step('lint (biome)', () => must(tool('@biomejs/biome/bin/biome', ['ci', '--colors=off'])));
  await steps.step('spelling (cspell)', () => must(tool('cspell/bin.mjs', ['lint', '--no-progress', '--no-summary'])));
  await steps.step('workflows (actionlint)', () => lintWorkflows(print));
  await steps.step('unit tests (jest)', async () => {
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const result = await tool('jest/bin/jest.js', ['--ci', '--color=false'], flags);
    const text = String(result.all ?? '');
    const counts = readJestCounts(text);
    if (counts) steps.add(counts, 'unit tests (jest)');
    if (result.exitCode !== 0) throw new Error(text.replaceAll(/^PASS .*\n/gm, '') || result.shortMessage);
    return counts ? `${counts.passed} tests` : undefined;
  });
  print(steps.closing());
  return steps.counts.failed > 0 ? 1 : 0;
}

/** Checks `.github/workflows`. What else is installed here must not decide what it finds: no shellcheck, no pyflakes. */
async function lintWorkflows(print: (line: string) => void): Promise<void> {
  const actionlint = await ensureActionlint({ onProgress: print });
  const result = await execa(actionlint, ['-shellcheck=', '-pyflakes=', '-no-color'], {
    cwd: repoDir(),
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  if (result.exitCode !== 0) throw new Error(String(result.all || result.shortMessage));
}
