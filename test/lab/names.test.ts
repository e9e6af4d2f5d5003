import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bridgeName, checkName, specHash } from '../../lab/names.ts';

describe('bridgeName', () => {
  it('is readable where it fits', () => {
    expect(bridgeName('hardway-dev')).toBe('hw-hardway-dev');
  });

  it('fits into an interface name whatever the lab is called', () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z0-9-]{1,63}$/), (lab) => bridgeName(lab).length <= 15));
  });

  it('tells long names apart that begin the same', () => {
    expect(bridgeName('hardway-production-a')).not.toBe(bridgeName('hardway-production-b'));
  });
});

describe('specHash', () => {
  it('does not depend on the order of the facts', () => {
    expect(specHash({ lab: 'a', name: 'b' })).toBe(specHash({ name: 'b', lab: 'a' }));
  });

  it('changes with any fact', () => {
    const base = specHash({ lab: 'a', name: 'b', address: '10.0.0.1' });
    expect(specHash({ lab: 'a', name: 'b', address: '10.0.0.2' })).not.toBe(base);
    expect(specHash({ lab: 'a', name: 'c', address: '10.0.0.1' })).not.toBe(base);
  });
});

describe('checkName', () => {
  it.each(['ctl01', 'a', 'hardway-dev', 'x'.repeat(63)])('takes %s', (name) => {
    expect(checkName('the machine', name)).toBe(name);
  });

  it.each(['', 'Ctl01', '-a', 'a-', 'a.b', 'a b', 'x'.repeat(64)])('refuses "%s" and shows it', (name) => {
    expect(() => checkName('the machine', name)).toThrow(`the machine "${name}"`);
  });
});
