import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { loadConfig } from '../../config/load.ts';
import { asPulumi, lock } from './support.ts';

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: ({ inputs }) => inputs },
    'hardway',
    'dev',
  );
});
afterEach(() => {
  jest.restoreAllMocks();
});

function load(raw: Record<string, unknown>) {
  pulumi.runtime.setAllConfig(asPulumi(raw));
  return loadConfig(lock);
}

describe('the configuration of a running stack', () => {
  it('is parsed, and its warnings are logged', () => {
    const warn = jest.spyOn(pulumi.log, 'warn').mockResolvedValue();
    const config = load({ 'hardway:workers': ['wrk01', { name: 'wrk09' }], 'hardway:corednsReplicas': 3 });
    expect(config.stack).toBe('dev');
    expect(config.labName).toBe('hardway-dev');
    expect(config.corednsReplicas).toBe(3);
    expect(config.derived.workerMachines).toEqual(['wrk01', 'wrk09']);
    expect(warn.mock.calls.map(([message]) => message)).toEqual([expect.stringContaining('makes 2 etcd members')]);
  });

  it('stops the run with every fault in one error, without a stack trace', () => {
    const attempt = () => load({ 'hardway:controllers': [], 'hardway:podCidr': '10.1.0.0' });
    expect(attempt).toThrow(pulumi.RunError);
    expect(attempt).toThrow(
      [
        'the configuration of stack dev has 2 faults; nothing was changed:',
        'hardway:podCidr = "10.1.0.0" is not an IPv4 range: an address, a slash, and a prefix length from 0 to 32. Write it like 10.89.0.0/24.',
        'hardway:controllers = [] must name at least one controller. Name one, like [ctl01].',
      ].join('\n'),
    );
  });
});
