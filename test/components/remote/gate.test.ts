import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gateScript } from '../../../components/remote/gate.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a gate's lines as a machine would, its scratch file in a folder of ours. */
const run = (condition: string, limitSeconds: number) =>
  spawnSync('sh', ['-eu'], {
    input: gateScript('the moon is up', condition, [], limitSeconds).replaceAll('/run/hardway.', `${folder}/hardway.`),
    encoding: 'utf8',
  });

describe('a gate', () => {
  it('is silent when its condition holds', () => {
    expect(run('true', 5)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('tries until the condition holds', () => {
    const count = join(folder, 'count');
    const result = run(`echo x >>${count}; [ "$(wc -l <${count})" -ge 3 ]`, 20);
    expect(result.status).toBe(0);
    expect(readFileSync(count, 'utf8')).toBe('x\nx\nx\n');
  });

  it('says what it expected and what it saw last when time is up', () => {
    const result = run('echo only clouds; false', 0);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain('expected within 0 s: the moon is up. Seen last: only clouds');
  });

  it('does not let a condition read the lines that follow it', () => {
    const marker = join(folder, 'read');
    expect(run(`cat >${marker}`, 5).status).toBe(0);
    expect(existsSync(marker) && readFileSync(marker, 'utf8')).toBe('');
  });
});
