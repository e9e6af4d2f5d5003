import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readScript, type ScriptValues, scriptLines } from '../../../lib/format/script.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-script-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function filled(text: string, values: ScriptValues = {}): string {
  writeFileSync(join(folder, 'x.sh'), text);
  return readScript(folder, 'x.sh', values);
}

describe('a script', () => {
  it('gets texts as one word each, quoted where they must be', () => {
    expect(filled('name=__NAME__\n', { NAME: 'plain-1' })).toBe('name=plain-1\n');
    expect(filled('name=__NAME__ x=__X__\n', { NAME: "it's $(here)", X: '' })).toBe("name='it'\\''s $(here)' x=''\n");
  });

  it('gets parts of words and numbers as they are, and code', () => {
    const text = 'ip route get __VIP__/32; [ $((1 + __LIMIT__)) = 3 ] && echo "at __VIP__"; __CODE__\n';
    expect(filled(text, { VIP: '192.0.2.1', LIMIT: 2, CODE: { code: 'a | b' } })).toBe(
      'ip route get 192.0.2.1/32; [ $((1 + 2)) = 3 ] && echo "at 192.0.2.1"; a | b\n',
    );
  });

  it.each(['"', "'", '$x', '`x`', '\\', '\n'])('refuses %j as a part of a word, where it would end it', (text) => {
    expect(() => filled('echo "at __NAME__"\n', { NAME: text })).toThrow('cannot be a part of a word');
  });

  it('is on a machine without the folder of tests and the words for shellcheck', () => {
    expect(filled('# shellcheck shell=sh\n# Why.\ncat "$ROOT/etc/x" $ROOT/y\n')).toBe('# Why.\ncat "/etc/x" /y\n');
  });

  it('gives its lines without comments', () => {
    writeFileSync(join(folder, 'x.sh'), '# shellcheck shell=sh\n# Why.\n\nif x; then\n  # Because.\n  y # z\nfi\n');
    expect(scriptLines(folder, 'x.sh')).toEqual(['if x; then', '  y # z', 'fi']);
  });

  it('refuses a placeholder without a value, and a value without a placeholder', () => {
    expect(() => filled('__NAME__\n')).toThrow('x.sh: __NAME__ has no value');
    expect(() => filled('x\n', { NAME: 'y' })).toThrow('x.sh has no placeholder for NAME');
  });
});
