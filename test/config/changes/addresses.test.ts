import { expect, it } from '@jest/globals';
import { refusedAddresses } from '../../../config/changes/addresses.ts';
import { resolved } from '../support.ts';

const base = { labSubnet: '10.77.0.0/24', workers: ['wrk01', 'wrk02'], loadBalancers: ['kubelb'] };
const standing = resolved(base).machinesList.map(({ name, address }) => ({ name, address }));
const refused = (settings: Record<string, unknown>, before = standing) =>
  refusedAddresses(before, resolved({ ...base, ...settings }));

it.each<[string, Record<string, unknown>]>([
  ['nothing changes', {}],
  ['a machine comes and another goes', { workers: ['wrk01', 'wrk03'] }],
  ['the new machine has an address of its own', { loadBalancers: [{ name: 'lb01', address: '10.77.0.19' }] }],
])('takes it that %s', (_, settings) => {
  expect(refused(settings)).toEqual([]);
});

it('takes a first creation', () => {
  expect(refused({ loadBalancers: ['lb01'] }, [])).toEqual([]);
});

it('refuses a new name at the address of a machine that leaves in the same update, with both ways on', () => {
  const [one, ...others] = refused({ loadBalancers: ['lb01'] });
  expect(others).toEqual([]);
  expect(one).toMatchObject({ path: 'hardway:loadBalancers', value: 'lb01 (10.77.0.10)' });
  expect(one?.problem).toBe('would be created at the address of kubelb, which has it until the end of the update');
  expect(one?.fix).toBe(
    'Give lb01 a free address, as in {name: lb01, address: …}; or make two updates: first without kubelb, then with lb01.',
  );
});
