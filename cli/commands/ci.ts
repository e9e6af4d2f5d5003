import { join } from 'node:path';
import { execa } from 'execa';
import { repoDir } from '../../toolchain/cache/paths.ts';
import type { Arguments } from '../args.ts';
import { type Counts, countsLine, readCounts, sumCounts } from '../output/counts.ts';

/** `.ci/run`: the tests, then a real cluster, each in a process of its own, and one count over both. */
export async function ci(_given: Arguments, print: (line: string) => void): Promise<number> {
  const runs: Counts[] = [];
  for (const verb of ['test', 'e2e']) {
    print(`== make ${verb}`);
    const result = await execa(process.execPath, [join(repoDir(), 'cli', 'main.ts'), verb], {
      cwd: repoDir(),
      stdin: 'ignore',
      stdout: ['pipe', 'inherit'],
      stderr: 'inherit',
      reject: false,
    });
    const counts = readCounts(result.stdout);
    const broken = result.exitCode !== 0 && (counts === undefined || counts.failed === 0);
    if (broken || counts === undefined) print(`make ${verb} ended with ${result.exitCode ?? result.signal}`);
    runs.push(counts ?? { passed: 0, failed: 0 }, { passed: 0, failed: broken || !counts ? 1 : 0 });
  }
  const sum = sumCounts(runs);
  print(countsLine(sum));
  return sum.failed > 0 ? 1 : 0;
}
