import { describe, expect, it } from '@jest/globals';
import { mayDisturb } from '../../../cli/preview/needed.ts';
import { shownSettings } from '../../../config/changes/settings.ts';
import { resolved } from '../../config/support.ts';

const base = { labSubnet: '10.77.0.0/24', certificateRenewalHours: 24 };
const config = resolved(base);
const standing = {
  kubeconfig: 'x',
  settings: shownSettings(config),
  program: 'abc',
  certificateExpiry: { one: '2027-01-01T00:00:00Z' },
};
const given = { standing, config, program: 'abc', now: new Date('2026-06-01T00:00:00Z') };

describe('mayDisturb', () => {
  it('is false where nothing differs, and before there is a cluster', () => {
    expect(mayDisturb(given)).toBe(false);
    expect(mayDisturb({ ...given, standing: {} })).toBe(false);
  });

  it.each<[string, Partial<typeof given>]>([
    ['other options', { config: resolved({ ...base, corednsReplicas: 3 }) }],
    ['another program', { program: 'def' }],
    ['a stack without the record', { standing: { ...standing, settings: undefined as never } }],
    ['certificates to renew', { now: new Date('2026-12-31T01:00:00Z') }],
  ])('is true with %s', (_, change) => {
    expect(mayDisturb({ ...given, ...change })).toBe(true);
  });
});
