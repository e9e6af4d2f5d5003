import { expect, it } from '@jest/globals';
import { leftOutMachines } from '../../config/left-out.ts';
import { resolved } from './support.ts';

const config = resolved({ labSubnet: '10.77.0.0/24', workers: ['wrk01', 'wrk02'], controllersAsNodes: true });

it('reads names of workers, and none by default', () => {
  expect(leftOutMachines(config)).toEqual([]);
  expect(leftOutMachines(config, ' wrk02, wrk01,wrk02,')).toEqual(['wrk02', 'wrk01']);
});

it.each(['ctl01', 'kubelb', 'wrk09'])('refuses %s, which an update cannot leave out', (name) => {
  expect(() => leftOutMachines(config, `wrk01,${name}`)).toThrow(
    `HARDWAY_LEAVE_OUT names ${name}, which an update cannot leave out\n  Fix: name machines that are workers and nothing else: wrk01, wrk02.`,
  );
});
