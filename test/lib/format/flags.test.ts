import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Flags, flags } from '../../../lib/format/flags.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,3}$/);
const value = fc.oneof(fc.boolean(), fc.integer(), fc.stringMatching(/^[ -~]{0,20}$/));

describe('flags', () => {
  it('spells every flag --name=value, in the order of the names, whatever order they came in', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value), (record) => {
        const rendered = flags(record);
        const names = Object.keys(record).sort();
        expect(rendered).toEqual(names.map((one) => `--${one}=${record[one]}`));
        expect(flags(Object.fromEntries(Object.entries(record).reverse()))).toEqual(rendered);
      }),
    );
  });

  it('renders lists, maps, booleans and numbers, and leaves out what is undefined', () => {
    const values: Flags = { b: ['x', 2], a: { k: 'v', on: true }, c: false, d: 0, e: undefined };
    expect(flags(values)).toEqual(['--a=k=v,on=true', '--b=x,2', '--c=false', '--d=0']);
  });

  it('keeps the given order on demand', () => {
    expect(flags({ b: 1, a: 2 }, 'given')).toEqual(['--b=1', '--a=2']);
  });

  it.each(['--name', '-n', 'Name', 'two words', 'a--b', 'a=b', ''])('refuses the name %j', (wrong) => {
    expect(() => flags({ [wrong]: 'x' })).toThrow('without its leading dashes');
  });

  it('refuses a line break in a value', () => {
    expect(() => flags({ a: 'x\n--evil=1' })).toThrow('flag --a: its value holds a line break');
  });

  it('refuses an entry that would become two', () => {
    expect(() => flags({ a: ['x,y'] })).toThrow('flag --a: the entry "x,y" holds a comma');
    expect(() => flags({ a: { k: 'x,y' } })).toThrow('flag --a: the entry "k=x,y" holds a comma');
  });
});
