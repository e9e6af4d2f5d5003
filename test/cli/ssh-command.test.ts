import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { parseArguments } from '../../cli/args.ts';
import { machineNamed } from '../../cli/commands/ssh.ts';
import { UserError } from '../../lib/user-error.ts';
import { parseLogins } from '../../smoke/outputs.ts';
import { clusterOutputs } from '../smoke/cluster.ts';

describe('make ssh', () => {
  it('takes the machine and the command from the variables of make', () => {
    expect(parseArguments(['ssh'], { NODE: 'ctl01', CMD: 'uname -r' })).toMatchObject({
      node: 'ctl01',
      command: 'uname -r',
    });
    expect(parseArguments(['ssh', '--node=ctl01', '--command', 'a\nb'], {})).toMatchObject({ command: 'a\nb' });
  });

  it('names the machines there are where none or another one was asked for', () => {
    expect(machineNamed('ctl01', ['ctl01', 'wrk01'])).toBe('ctl01');
    for (const asked of [undefined, 'ctl09']) {
      expect(() => machineNamed(asked, ['ctl01', 'wrk01'])).toThrow(UserError);
      expect(() => machineNamed(asked, ['ctl01', 'wrk01'])).toThrow('one of ctl01, wrk01');
    }
  });

  it('needs no more of the outputs than the logins, which are there before the cluster is', () => {
    expect(parseLogins({ ssh: clusterOutputs.ssh })).toEqual(clusterOutputs.ssh);
    expect(parseLogins({ endpoint: 'https://192.0.2.1:6443' })).toBeUndefined();
  });

  it('gets the command from make as it was typed, dollar signs included', async () => {
    const makefile = readFileSync(join(import.meta.dirname, '..', '..', 'Makefile'), 'utf8');
    const probe = `${makefile.replace(/^RUN := .*$/m, 'RUN := printenv CMD \\#')}`;
    const command = `awk '{ print $1 "$x" }' file # $(pwd)`;
    // As from a terminal: this test may itself run under make.
    const env = { MAKEFLAGS: undefined, MAKELEVEL: undefined, MAKEOVERRIDES: undefined };
    const result = await execa('make', ['-f', '-', 'ssh', `CMD=${command}`], { input: probe, env });
    expect(result.stdout).toBe(command);
  });
});
