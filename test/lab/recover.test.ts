import { describe, expect, it } from '@jest/globals';
import { missingAmong } from '../../lab/missing.ts';
import { planRepair } from '../../lab/recover.ts';

const machine = (name: string, ...roles: string[]) => ({ name, address: '10.0.0.1', roles });
const [c1, c2, w1] = [machine('c1', 'etcd', 'controller'), machine('c2', 'etcd'), machine('w1', 'worker')];
const c3 = machine('c3', 'etcd');
const containers = (states: Record<string, string>) => Object.entries(states).map(([name, state]) => ({ name, state }));
const plan = (states: Record<string, string>) => planRepair([c1, c2, w1], containers(states));

describe('what is done about the machines of a lab', () => {
  it('is nothing while all run, whatever else the lab has', () => {
    const none = { start: [], create: [], lost: [] };
    expect(plan({ c1: 'running', c2: 'running', w1: 'running', mirror: 'exited', w9: 'exited' })).toEqual(none);
  });

  it('is to start those that are stopped or paused, members too: their disks are kept', () => {
    expect(plan({ c1: 'exited', c2: 'running', w1: 'paused' })).toEqual({
      start: [
        { machine: c1, verb: 'start' },
        { machine: w1, verb: 'unpause' },
      ],
      create: [],
      lost: [],
    });
  });

  it.each(['created', 'dead', 'restarting'])('is to make a machine again that was removed, or is %s', (state) => {
    expect(plan({ c1: 'running', c2: 'running' })).toMatchObject({ start: [], create: [w1], lost: [] });
    expect(plan({ c1: 'running', c2: 'running', w1: state })).toMatchObject({ start: [], create: [w1], lost: [] });
  });

  it('is nothing for an etcd member that was removed and took the quorum with it', () => {
    expect(plan({ c1: 'running', w1: 'exited' })).toMatchObject({ create: [], lost: [c2] });
    expect(plan({})).toEqual({ start: [], create: [w1], lost: [c1, c2] });
  });

  it('is to make a member again where the others can give it the data', () => {
    const three = (states: Record<string, string>) => planRepair([c1, c2, c3, w1], containers(states));
    expect(three({ c1: 'running', c3: 'exited', w1: 'running' })).toMatchObject({ create: [c2], lost: [] });
    expect(three({ c1: 'running', w1: 'running' })).toMatchObject({ create: [], lost: [c2, c3] });
  });
});

describe('missingAmong', () => {
  it('takes a lab without containers for one that is yet to be made', () => {
    expect(missingAmong(['c1', 'w1'], [])).toEqual([]);
    expect(missingAmong(['c1', 'w1'], containers({ c1: 'running', mirror: 'running' }))).toEqual(['w1']);
    expect(missingAmong(['c1', 'w1'], containers({ c1: 'exited', w1: 'paused' }))).toEqual([]);
  });
});
