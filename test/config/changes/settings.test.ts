import { describe, expect, it } from '@jest/globals';
import { changedSettings, changeText, shownSettings } from '../../../config/changes/settings.ts';
import { resolved } from '../support.ts';

const base = { labSubnet: '10.77.0.0/24', controllers: ['ctl01', 'ctl02', 'ctl03'], workers: ['wrk01', 'wrk02'] };
const shown = (settings: Record<string, unknown> = {}) => shownSettings(resolved({ ...base, ...settings }));
const texts = (settings: Record<string, unknown>) => changedSettings(shown(), shown(settings)).map(changeText);

describe('changedSettings', () => {
  it('names each option that differs, as it was and as it is', () => {
    expect(texts({})).toEqual([]);
    expect(texts({ certificateRenewalHours: 100, workers: ['wrk01'], upstreamNameservers: ['1.1.1.1'] })).toEqual([
      'hardway:workers [wrk01, wrk02] -> [wrk01]',
      expect.stringMatching(/^hardway:certificateRenewalHours \d+ -> 100$/),
      expect.stringMatching(/^hardway:upstreamNameservers .* -> \["1\.1\.1\.1"\]$/),
    ]);
  });

  it('does not mind the order of keys, nor what an older record lacks', () => {
    const { workers, ...older } = shown();
    expect(changedSettings(older, shown({ workers: ['wrk01'] }))).toEqual([]);
    const turned = { hosts: [{ roles: ['worker'], name: 'a' }] };
    expect(changedSettings(turned, { hosts: [{ name: 'a', roles: ['worker'] }] })).toEqual([]);
    expect(changedSettings(undefined, shown())).toEqual([]);
  });

  it('keeps no secret', () => {
    const config = { ...resolved(base), weavePassword: 'SECRET', sshPrivateKey: 'SECRET' };
    const hosts = [{ name: 'a', privateKey: 'SECRET', bastion: { privateKey: 'SECRET' } }] as never;
    expect(JSON.stringify(shownSettings({ ...config, hosts }))).not.toContain('SECRET');
  });
});
