import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { curlCheck, shellCommand, shellQuote } from '../../../lib/format/shell.ts';

const anyWord = fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0') && isWellFormed(word));

/** Lone surrogates have no UTF-8 form, so no file or process can carry them. */
function isWellFormed(text: string): boolean {
  return Buffer.from(text, 'utf8').toString('utf8') === text;
}

describe('shellQuote', () => {
  it('brings any words through a real sh unchanged', () => {
    fc.assert(
      fc.property(fc.array(anyWord, { minLength: 1, maxLength: 20 }), (words) => {
        const out = execFileSync('sh', ['-c', shellCommand(['printf', '%s\\0', ...words])], { encoding: 'utf8' });
        expect(out.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves ordinary paths and addresses readable', () => {
    expect(shellQuote('/etc/etcd/pki/ca.crt')).toBe('/etc/etcd/pki/ca.crt');
    expect(shellQuote('https://10.89.0.11:2379')).toBe('https://10.89.0.11:2379');
  });

  it.each([
    ['', "''"],
    ["it's", `'it'\\''s'`],
    ['$HOME', "'$HOME'"],
    ['~', "'~'"],
    ['a=b', "'a=b'"],
  ])('quotes %j as %s', (word, quoted) => {
    expect(shellQuote(word)).toBe(quoted);
  });

  it('refuses what no quoting can carry', () => {
    expect(() => shellQuote('a\0b')).toThrow('NUL');
  });
});

describe('curlCheck', () => {
  it('verifies against the CA it is given, and against none only when told so', () => {
    const checked = curlCheck({ url: 'https://127.0.0.1:6443/readyz', caCertificatePath: '/etc/ca.crt' });
    expect(checked).toContain('--cacert /etc/ca.crt https://127.0.0.1:6443/readyz');
    expect(checked).not.toContain('--insecure');
    expect(curlCheck({ url: 'https://127.0.0.1:1/', insecure: true })).toContain('--insecure');
  });
});
