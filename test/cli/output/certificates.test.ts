import { describe, expect, it } from '@jest/globals';
import { certificateReport } from '../../../cli/output/certificates.ts';

const report = (expiry: Record<string, string>) => certificateReport(expiry, 'two', new Date('2026-06-01T12:00:00Z'));

describe('certificateReport', () => {
  it('names the first to expire while all are valid', () => {
    expect(report({ b: '2027-01-02T00:00:00Z', a: '2027-01-01T00:00:00Z' })).toEqual({
      line: 'certificates: 2; the first to expire is a, on 2027-01-01',
      problems: [],
    });
    expect(report({}).problems).toEqual([]);
  });

  it('says which ones the next update renews', () => {
    expect(report({ b: '2027-01-02T00:00:00Z', a: '2026-06-20T00:00:00Z' }).line).toBe(
      'certificates: 2; the first to expire is a, on 2026-06-20; 1 is due: "make up STACK=two" renews it',
    );
  });

  it('says of expired ones that they have expired, on this very day too', () => {
    const { line, problems } = report({
      old: '2026-06-01T11:59:59Z',
      older: '2026-05-01T00:00:00+02:00',
      b: '2027-01-01T00:00:00Z',
    });
    expect(line).toBe('certificates: 2 of 3 have expired; the next to expire is b, on 2027-01-01');
    expect(problems).toEqual([
      {
        subject: '2',
        seen: 'of 3 certificates have expired: older (on 2026-05-01), old (on 2026-06-01)',
        fix: 'Run "make up STACK=two", which renews them.',
      },
    ]);
    expect(report({ old: '2026-05-01T00:00:00Z' }).line).toContain('none is valid');
  });
});
