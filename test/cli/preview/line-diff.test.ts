import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changedLines } from '../../../cli/preview/line-diff.ts';

describe('changedLines', () => {
  it('shows the lines that differ and no others', () => {
    expect(changedLines('a\nb\nc\n', 'a\nB\nc\nd\n')).toEqual(['- b', '+ B', '+ d']);
    expect(changedLines('a\n', 'a\n')).toEqual([]);
    expect(changedLines('-> /opt/etcd/1', '-> /opt/etcd/2')).toEqual(['- -> /opt/etcd/1', '+ -> /opt/etcd/2']);
  });

  it('leads from the one text to the other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = changedLines(before.join('\n'), after.join('\n'));
        const taken = lines.filter((line) => line.startsWith('- ')).length;
        const given = lines.filter((line) => line.startsWith('+ ')).length;
        expect(before.length - taken).toBe(after.length - given);
        const sorted = (list: string[]) => [...list].sort();
        const rest: string[] = [...before];
        for (const line of lines.filter((one) => one.startsWith('- '))) rest.splice(rest.indexOf(line.slice(2)), 1);
        const added = lines.filter((line) => line.startsWith('+ ')).map((line) => line.slice(2));
        expect(sorted([...rest, ...added])).toEqual(sorted(after));
      }),
    );
  });
});
