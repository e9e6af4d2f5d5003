import { describe, expect, it } from '@jest/globals';
import { parseArguments, UsageError } from '../../cli/args.ts';

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

  it('knows the shape ha by its earlier name', () => {
    expect(parseArguments(['e2e'], { TOPOLOGY: 'ha3' }).topology).toBe('ha');
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

  it('means help when no verb is given', () => {
    expect(parseArguments([], {}).verb).toBe('help');
  });

  it.each([
    [['fly'], {}, 'unknown command "fly"'],
    [['up', '--fast'], {}, 'unknown option "--fast"'],
    [['up', '--stack'], {}, '--stack wants a value'],
    [['up'], { STACK: '../x' }, 'stack "../x"'],
    [['e2e'], { TOPOLOGY: 'huge' }, 'unknown topology "huge": one of default, minimal, ha, hosts, download, computers'],
  ])('refuses %j with %j', (argv, env, message) => {
    expect(() => parseArguments(argv, env)).toThrow(UsageError);
    expect(() => parseArguments(argv, env)).toThrow(message);
  });
});
