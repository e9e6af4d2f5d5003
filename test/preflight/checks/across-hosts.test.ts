import { describe, expect, it } from '@jest/globals';
import { checkAcross, sharedHostKeys } from '../../../preflight/checks/across-hosts.ts';
import { mergeDiagnostics, PreflightError, renderHostDiagnostic } from '../../../preflight/diagnostic.ts';
import type { HostFacts } from '../../../preflight/facts.ts';
import { soundFacts } from '../support.ts';

describe('between hosts', () => {
  const among = (...all: Partial<HostFacts>[]) =>
    checkAcross(
      new Map(
        all.map((more, index) => [
          `h${index + 1}`,
          soundFacts({ machineId: String(index).repeat(32), boot: `boot ${index}`, ...more }),
        ]),
      ),
    );
  const clock = (ahead: number, give = 100): Partial<HostFacts> => ({ clock: { ahead, give } });
  const said = (...all: Partial<HostFacts>[]): string[] =>
    among(...all).faults.map(({ about, found }) => `${about}: ${found}`);

  it('nothing is wrong when clocks agree and machines differ', () => {
    expect(among(clock(300, 200), clock(-400, 300), {})).toEqual({ faults: [], warnings: [] });
  });

  it('clones of one image are told from one machine named twice', () => {
    expect(said({ machineId: 'a' }, { machineId: 'a' }, {})).toEqual([
      'h1,h2: have the same /etc/machine-id, as clones of one image do: systemd and the pod network take them for one',
    ]);
    expect(said({ machineId: 'a', boot: 'b' }, {}, { machineId: 'a', boot: 'b' })).toEqual([
      'h1,h3: are one and the same machine (machine-id and boot are equal)',
    ]);
  });

  it('a host key that several show is a warning', () => {
    const keys = new Map([
      ['h1', 'ssh-ed25519 A'],
      ['h2', 'ssh-ed25519 B'],
      ['h3', 'ssh-ed25519 A'],
    ]);
    expect(sharedHostKeys(keys).map(({ about, found }) => `${about}: ${found}`)).toEqual([
      'h1,h3: show the same host key, as clones of one image do: each can pass for the others',
    ]);
  });

  it('a clock that is off is told, ahead or behind, with by how much', () => {
    expect(said(clock(-37_000), {}, clock(7_300_000))).toEqual([
      "h1: its clock is 37.0 s behind this machine's: certificates made here are not valid there yet, and etcd wants clocks within a second of each other",
      "h3: its clock is 2 hours ahead of this machine's, and etcd wants clocks within a second of each other",
    ]);
  });

  it('a difference that the way there explains is no fault', () => {
    expect(among(clock(2500, 2400), clock(-2500, 2400))).toEqual({ faults: [], warnings: [] });
  });

  it('a small difference is a warning', () => {
    const { faults: none, warnings: some } = among(clock(1200), {});
    expect(none).toEqual([]);
    expect(some.map(({ about }) => about)).toEqual([['h1']]);
  });

  it('two clocks on either side are apart though each is near enough', () => {
    expect(said(clock(-1900), {}, clock(1900))).toEqual(['h1,h3: their clocks are 3.8 s apart']);
  });

  it('it is this machine whose clock is off when all hosts agree', () => {
    expect(said(clock(-60_000), clock(-60_200), clock(-59_900))).toEqual([
      'this machine: the clock is 60.2 s ahead of those of all hosts, which agree with each other',
    ]);
  });
});

describe('what is printed', () => {
  const finding = (name: string, found: string) => ({ about: [name], found, fix: 'Do this.' });

  it('says once what is said of several, and counts', () => {
    const all = [finding('a', 'is x'), finding('b', 'is y'), finding('c', 'is x')];
    expect(mergeDiagnostics(all).map(renderHostDiagnostic)).toEqual(['a, c: is x. Do this.', 'b: is y. Do this.']);
    expect(new PreflightError('prod', all, 3).message).toBe(
      'the pre-flight of stack prod looked at 3 hosts and found 2 faults; no host was changed:\na, c: is x. Do this.\nb: is y. Do this.',
    );
  });

  it('names a few of many hosts', () => {
    const about = Array.from({ length: 20 }, (_, index) => `h${index}`);
    expect(renderHostDiagnostic({ about, found: 'is x', fix: 'Do this.' })).toBe(
      'h0, h1, h2, h3, h4, h5, h6, h7 and 12 more: is x. Do this.',
    );
  });
});
