/** How many checks or tests held and how many did not. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** The closing line of a run, alone on its line: `12 passed, 0 failed`. */
export function countsLine(counts: Counts): string {
  return `${counts.passed} passed, ${counts.failed} failed`;
}

/** The sum of several runs. */
export function sumCounts(runs: readonly Counts[]): Counts {
  return {
    passed: runs.reduce((sum, run) => sum + run.passed, 0),
    failed: runs.reduce((sum, run) => sum + run.failed, 0),
  };
}

/** The last line of `text` that {@link countsLine} wrote, or undefined when there is none. */
export function readCounts(text: string): Counts | undefined {
  const [, passed, failed] = [...text.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1) ?? [];
  return passed && failed ? { passed: Number(passed), failed: Number(failed) } : undefined;
}

/** The counts in what jest prints at its end (`Tests: 1 failed, 20 passed, 21 total`; failed suites count too). */
export function readJestCounts(text: string): Counts | undefined {
  const tests = /^Tests:\s+(.*)$/m.exec(text)?.[1];
  if (tests === undefined) return undefined;
  const count = (line: string, what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(line)?.[1] ?? 0);
  const failedTests = count(tests, 'failed');
  const failedSuites = count(/^Test Suites:\s+(.*)$/m.exec(text)?.[1] ?? '', 'failed');
  return { passed: count(tests, 'passed'), failed: Math.max(failedTests, failedSuites) };
}
