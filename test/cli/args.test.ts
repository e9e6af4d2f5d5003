import { describe, expect, it } from '@jest/globals';
import { parseArguments } from '../../cli/args.ts';
import { UserError } from '../../lib/user-error.ts';

describe('parseArguments', () => {
  it('takes defaults where nothing is said, and where make hands on empty variables', () => {
    const expected = { verb: 'up', stack: 'dev', topology: undefined, keep: false, kill: false };
    expect(parseArguments(['up'], {})).toEqual(expected);
    expect(parseArguments(['up'], { STACK: '', TOPOLOGY: '', KEEP: '', KILL: '0' })).toEqual(expected);
  });

  it('reads the variables of make', () => {
    const given = parseArguments(['e2e'], { STACK: 'two', TOPOLOGY: 'ha', KEEP: '1', KILL: 'yes' });
    expect(given).toEqual({ verb: 'e2e', stack: 'two', topology: 'ha', keep: true, kill: true });
  });

  it('reads whether to ask', () => {
    expect(parseArguments(['up'], { YES: '1' })).toMatchObject({ verb: 'up', yes: true });
    expect(parseArguments(['up', '--yes'], {})).toMatchObject({ yes: true });
    expect(parseArguments(['up'], { YES: '' })).not.toHaveProperty('yes');
  });

  it('reads how the doctor is to report', () => {
    expect(parseArguments(['doctor'], { JSON: '1' })).toMatchObject({ verb: 'doctor', json: true });
    expect(parseArguments(['doctor', '--json'], {})).toMatchObject({ json: true });
    expect(parseArguments(['doctor'], { JSON: '0' })).not.toHaveProperty('json');
  });

  it('lets options win over variables, in both spellings', () => {
    expect(parseArguments(['up', '--stack', 'two'], { STACK: 'one' }).stack).toBe('two');
    expect(parseArguments(['up', '--stack=two'], { STACK: 'one' }).stack).toBe('two');
    expect(parseArguments(['e2e', '--keep', '--kill'], {})).toMatchObject({ keep: true, kill: true });
  });

  it('reads what a verb alone asks for', () => {
    expect(parseArguments(['down'], { STACK: 'two', CONFIRM: 'two', HOST: '' })).toMatchObject({ confirm: 'two' });
    expect(parseArguments(['forget', '--host', 'wrk01'], {})).toMatchObject({ verb: 'forget', host: 'wrk01' });
  });

  it.each([
    [[], {}, 'no command given\n  Fix: use one of up, smoke'],
    [['fly'], {}, 'unknown command "fly"'],
    [['up', '--fast'], {}, "Unknown option '--fast'\n  Fix: use one of --stack"],
    [['up', '--stack'], {}, "Option '--stack <value>' argument missing"],
    [['up'], { STACK: '../x' }, '"../x" is not a stack name'],
    [
      ['e2e'],
      { TOPOLOGY: 'huge' },
      'unknown topology "huge"\n  Fix: use one of default, minimal, ha, hosts, download, computers, change, keys',
    ],
  ])('refuses %j with %j', (argv, env, message) => {
    expect(() => parseArguments(argv, env)).toThrow(UserError);
    expect(() => parseArguments(argv, env)).toThrow(message);
    expect(() => parseArguments(argv, env)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
