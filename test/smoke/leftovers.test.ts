import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { thisProcess } from '../../lib/processes.ts';
import { leftoversIn, type NamespaceObject, ownedHere } from '../../smoke/leftovers.ts';

const now = Date.parse('2026-01-01T12:00:00Z');
const run = 'hardway-smoke-0123abcd';

function namespace(name: string, annotations: Record<string, string> = {}, minutes = 1, more = {}): NamespaceObject {
  return {
    metadata: { name, creationTimestamp: new Date(now - minutes * 60_000).toISOString(), annotations, ...more },
  };
}

const owned = (more: object): Record<string, string> => {
  const [key = ''] = Object.keys(ownedHere());
  return { [key]: JSON.stringify({ ...thisProcess(), ...more }) };
};

/** A process that is over. */
const dead = (): number => spawnSync('true').pid;

describe('what killed runs left', () => {
  it('goes at once where its process is dead, with the namespaces beside it', () => {
    const names = [run, `${run}-home`, `${run}-next`];
    expect(
      leftoversIn(
        names.map((name) => namespace(name, owned({ pid: dead() }))),
        now,
      ),
    ).toEqual(names);
  });

  it('goes where another process has the number now', () => {
    expect(leftoversIn([namespace(run, owned({ begun: '1' }))], now)).toEqual([run]);
  });

  it('stays while its run goes on, here or on another computer, however long', () => {
    expect(leftoversIn([namespace(run, ownedHere(), 60)], now)).toEqual([]);
    expect(leftoversIn([namespace(run, owned({ computer: 'other' }), 5)], now)).toEqual([]);
    expect(leftoversIn([namespace(run, {}, 5)], now)).toEqual([]);
  });

  it('goes when nobody can say whose it is and no run takes as long', () => {
    expect(leftoversIn([namespace(run, owned({ computer: 'other' }), 31)], now)).toEqual([run]);
    expect(leftoversIn([namespace(run, {}, 31)], now)).toEqual([run]);
    expect(leftoversIn([namespace(run, { 'hardway.local/smoke-owner': 'nonsense' }, 31)], now)).toEqual([run]);
  });

  it('is none of what others made, or of what is going already', () => {
    const pid = dead();
    const others = ['default', 'hardway-smoke', 'hardway-smoke-test', `${run}-mine`];
    expect(
      leftoversIn(
        others.map((name) => namespace(name, owned({ pid }), 99)),
        now,
      ),
    ).toEqual([]);
    expect(leftoversIn([namespace(run, owned({ pid }), 1, { deletionTimestamp: 'now' })], now)).toEqual([]);
  });
});
