import { describe, expect, it } from '@jest/globals';
import { expectedError } from '../../cli/output/user-error.ts';
import { checkedConfig } from '../../cli/prepare.ts';

describe('checkedConfig', () => {
  it('refuses a stack without a file, so that a misspelt name makes no cluster', () => {
    const attempt = () => checkedConfig('no-such-stack');
    expect(attempt).toThrow(/there is no Pulumi\.no-such-stack\.yaml[\s\S]*copy Pulumi\.dev\.yaml/);
    try {
      attempt();
    } catch (error) {
      expect(expectedError(error as Error)).toBe(true);
    }
  });

  it('takes the dev stack as it is committed', () => {
    expect(checkedConfig('dev').derived.controllerMachines).toEqual(['ctl01', 'ctl02']);
  });
});
