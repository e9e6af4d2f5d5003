import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { manifest, stagingBundle } from '../../../components/remote/bundle.ts';
import type { RolePlan } from '../../../lib/format/role.ts';
import { FakeMachine } from './fake-machine.ts';

const none: RolePlan = { files: {}, links: {}, services: [], health: 'true' };
const file = { content: '', mode: 0o644 };

/** A word as the machine's shell takes one: anything without blanks and control characters. */
const word = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\s\p{Cc}]/u.test(text));
const path = fc
  .array(
    word.map((text) => text.replaceAll('/', '_')).filter((text) => text !== '.' && text !== '..'),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => `/${parts.join('/')}`);
const owner = fc.tuple(word, word).map(([user, group]) => `${user.replaceAll(':', '-')}:${group.replaceAll(':', '-')}`);
const mode = fc.nat({ max: 0o7777 });

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine();
});
afterEach(() => machine.remove());

/** The words of a manifest, read by the machine's own `read`, one a line. */
async function asRead(text: string): Promise<string[]> {
  const { stderr } = await machine.shell(
    'while read -r kind a b c; do printf "%s\\n" "$kind" "$a" "$b" "$c" >&2; done',
    text,
  );
  return stderr.split('\n').slice(0, -1);
}

describe('a manifest', () => {
  it('gives the machine every path, mode and owner as it was', async () => {
    await fc.assert(
      fc.asyncProperty(path, mode, owner, path, async (at, bits, by, target) => {
        const plan = {
          ...none,
          directories: { [at]: bits },
          files: { [at]: { ...file, mode: bits, owner: by } },
          links: { [at]: target },
          services: [{ unit: 'x.service', restartOn: [at, target] }],
        };
        const octal = bits.toString(8).padStart(4, '0');
        expect(await asRead(manifest(plan))).toEqual([
          ...['dir', octal, at, ''],
          ...['file', octal, by, at],
          ...['link', at, target, ''],
          ...['service', 'x.service', at, target],
        ]);
      }),
      { numRuns: 40 },
    );
  });

  const blank = fc.constantFrom(' ', '\n', '\t', '\r', '\u0000', '\u00a0');
  const broken = fc.tuple(word, blank, word).map((parts) => `/${parts.join('')}`);

  it('refuses a path with a blank wherever it stands', () => {
    fc.assert(
      fc.property(broken, (bad) => {
        const plans: RolePlan[] = [
          { ...none, files: { [bad]: file } },
          { ...none, directories: { [bad]: 0o755 } },
          { ...none, links: { [bad]: '/x' } },
          { ...none, links: { '/x': bad } },
          { ...none, services: [{ unit: bad, restartOn: [] }] },
          { ...none, services: [{ unit: 'x.service', restartOn: [bad] }] },
          { ...none, services: [{ unit: 'x.service', restartOn: [], reloadOn: [bad] }] },
        ];
        for (const plan of plans) expect(() => manifest(plan)).toThrow('cannot go to a machine');
      }),
    );
  });

  it.each(['', 'etc/x', './x', '/a/../b', '/a//b', '/a/', '/'])('refuses the path "%s"', (bad) => {
    expect(() => manifest({ ...none, files: { [bad]: file } })).toThrow(JSON.stringify(bad));
  });

  it.each([-1, 0o10000, 6.44, Number.NaN])('refuses the mode %s', (bad) => {
    expect(() => manifest({ ...none, files: { '/x': { ...file, mode: bad } } })).toThrow('/x has no file mode');
  });

  it.each(['', 'root', 'root:', ':root', 'a:b:c', 'a b:c'])('refuses the owner "%s"', (bad) => {
    expect(() => manifest({ ...none, files: { '/x': { ...file, owner: bad } } })).toThrow(/owner/);
  });

  it('refuses what is to be staged from an address with a blank', async () => {
    const artifact = { name: 'runc', version: '1', sha256: 'ab', archive: false, members: { runc: 'runc' } };
    await expect(async () => stagingBundle([{ ...artifact, url: 'http://m/a b' }])).rejects.toThrow('http://m/a b');
  });
});
