import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { registered } from './support/graph.ts';
import { runProgram } from './support/program.ts';
import { type Registration, reveal } from './support/recorder.ts';

let all: Registration[] = [];
const machine = (name: string) => registered(all, 'command:local:Command', `machines-${name}`);
const record = (name: string) => registered(all, 'random:index/randomId:RandomId', `machines-${name}-made`);
const textOf = (value: unknown) => JSON.stringify(reveal(value));

beforeAll(async () => {
  jest.unstable_mockModule('../lab/missing.ts', () => ({
    missingMachines: async (_: string, names: string[]) => names.filter((name) => ['ctl01', 'wrk01'].includes(name)),
  }));
  all = await runProgram({
    controllers: JSON.stringify(['ctl01']),
    workers: JSON.stringify(['wrk01', 'wrk02']),
    loadBalancers: '[]',
  });
});

describe('a lab whose containers were removed', () => {
  it('makes the machine again by an update, which dials nobody', () => {
    const made = machine('wrk01');
    expect(record('wrk01').ignoreChanges ?? []).toEqual([]);
    expect(textOf(made.inputs.environment)).toMatch(/HARDWAY_MADE.*20\d\d-/);
    expect(textOf(made.inputs.triggers)).not.toMatch(/20\d\d-\d\d-\d\dT/);
  });

  it('gives the machine another identity, so that all that belongs on it is put there again', () => {
    const triggers = (name: string) => textOf(registered(all, 'command:remote:Command', name).inputs.triggers);
    for (const step of ['machines-stage-wrk01', 'workers-wrk01']) expect(triggers(step)).toMatch(/-20\d\d-\d\d-\d\dT/);
    for (const step of ['machines-stage-wrk02', 'workers-wrk02'])
      expect(triggers(step)).not.toMatch(/20\d\d-\d\d-\d\dT/);
  });

  it('keeps what the others were made with', () => {
    expect(record('wrk02').ignoreChanges).toEqual(['keepers']);
    expect(machine('wrk02').inputs.environment).toBeUndefined();
  });

  it('never makes the only etcd member again: all that the cluster knew is gone with it', () => {
    expect(record('ctl01').ignoreChanges).toEqual(['keepers']);
    expect(machine('ctl01').inputs.environment).toBeUndefined();
  });
});
