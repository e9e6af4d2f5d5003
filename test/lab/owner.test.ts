import { describe, expect, it } from '@jest/globals';
import { networkArguments, refuseOtherOwner } from '../../lab/network.ts';
import { isOwn } from '../../lab/preflight.ts';

const spec = { lab: 'lab', subnet: '10.1.0.0/24', gateway: '10.1.0.1', owner: 'abc' };

describe('the owner of a lab', () => {
  it('is written onto its network', () => {
    expect(networkArguments(spec, 1500).join(' ')).toContain('--label hardway.owner=abc');
    expect(networkArguments({ ...spec, owner: undefined }, 1500).join(' ')).not.toContain('hardway.owner');
  });

  it('keeps other stacks off its machines, and says how to go on', () => {
    expect(() => refuseOtherOwner('another', spec)).toThrow(
      /lab "lab" exists and is another stack's[\s\S]*hardway:labName[\s\S]*make down/,
    );
  });

  it('lets the same owner go on, and labs without one be taken up', () => {
    expect(() => refuseOtherOwner('abc', spec)).not.toThrow();
    expect(() => refuseOtherOwner(undefined, spec)).not.toThrow();
  });
});

describe('the owner, before anything is downloaded', () => {
  it.each([
    ['abc', '{"hex":"abc"}', true],
    ['abc', '{"hex":"def"}', false],
    ['abc', '', false],
    ['abc', undefined, true],
    [undefined, '', true],
  ])('"%s" is the one of a stack with the state %j: %s', (owner, state, own) => {
    expect(isOwn(owner, state)).toBe(own);
  });
});
