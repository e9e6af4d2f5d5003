import { describe, expect, it } from '@jest/globals';
import { countsLine, readCounts, readJestCounts, sumCounts } from '../../../cli/output/counts.ts';

describe('counts', () => {
  it('writes the closing line and reads it back, the last one of several', () => {
    const text = `ok one\n${countsLine({ passed: 1, failed: 9 })}\nmore\n${countsLine({ passed: 12, failed: 0 })}\n`;
    expect(text).toContain('\n12 passed, 0 failed\n');
    expect(readCounts(text)).toEqual({ passed: 12, failed: 0 });
  });

  it('does not take a count inside a line for the closing one', () => {
    expect(readCounts('Tests: 3 passed, 0 failed, 3 total')).toBeUndefined();
  });

  it('sums several runs', () => {
    const sum = sumCounts([
      { passed: 2, failed: 1 },
      { passed: 3, failed: 0 },
    ]);
    expect(sum).toEqual({ passed: 5, failed: 1 });
  });

  it('reads what jest prints', () => {
    const text = 'Test Suites: 2 failed, 8 passed, 10 total\nTests:       1 failed, 1 skipped, 20 passed, 22 total\n';
    // A suite that could not be loaded has no failed test, and is a failure all the same.
    expect(readJestCounts(text)).toEqual({ passed: 20, failed: 2 });
    expect(readJestCounts('Test Suites: 8 passed, 8 total\nTests:       20 passed, 20 total')).toEqual({
      passed: 20,
      failed: 0,
    });
    expect(readJestCounts('Segmentation fault')).toBeUndefined();
  });
});
