import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { envFile, hasOwnBackend, pulumiEnvironment } from '../../../cli/pulumi/env-file.ts';

const stateDir = "/home/o'neil/my clone/.hardway";
const binDir = '/home/some one/bin';
const cacheDir = '/home/some one/cache';
const around = { stateDir, binDir, cacheDir, user: { PATH: `/usr/bin:${binDir}:/bin` } };

describe('pulumiEnvironment', () => {
  it('keeps state, passphrase and login in the repository, and the tools first on PATH', () => {
    expect(pulumiEnvironment(around)).toMatchObject({
      PATH: `${binDir}:/usr/bin:/bin`,
      PULUMI_BACKEND_URL: `file://${stateDir}/state`,
      PULUMI_CONFIG_PASSPHRASE_FILE: `${stateDir}/passphrase`,
      PULUMI_HOME: `${stateDir}/pulumi`,
      HARDWAY_CACHE: cacheDir,
    });
  });

  it('names the file of the passphrase and never the passphrase', () => {
    const environment = pulumiEnvironment({ ...around, user: { ...around.user, PULUMI_CONFIG_PASSPHRASE: 'theirs' } });
    expect('PULUMI_CONFIG_PASSPHRASE' in environment).toBe(true);
    expect(environment.PULUMI_CONFIG_PASSPHRASE).toBeUndefined();
    expect(envFile(environment, binDir)).not.toContain('theirs');
  });

  it.each([{ PULUMI_BACKEND_URL: 's3://mine' }, { PULUMI_ACCESS_TOKEN: 'pul-1' }])(
    'leaves a user with %j alone',
    (own) => {
      const environment = pulumiEnvironment({ ...around, user: { ...around.user, ...own } });
      expect(Object.keys(environment)).not.toEqual(expect.arrayContaining(['PULUMI_BACKEND_URL']));
      expect(environment).not.toHaveProperty('PULUMI_HOME');
      expect(environment).not.toHaveProperty('PULUMI_CONFIG_PASSPHRASE_FILE');
    },
  );

  it('keeps the engine from fetching plugins, those of clouds that a stack does not use among them', () => {
    for (const own of [{}, { PULUMI_ACCESS_TOKEN: 'pul-1' }]) {
      const environment = pulumiEnvironment({ ...around, user: { ...around.user, ...own } });
      expect(environment.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION).toBe('true');
    }
  });

  it('does not take a shell that has read .hardway/env for a user with a backend of their own', () => {
    const user = { ...around.user, ...pulumiEnvironment(around) };
    expect(hasOwnBackend(user, stateDir)).toBe(false);
    expect(pulumiEnvironment({ ...around, user })).toEqual(pulumiEnvironment(around));
  });
});

describe('envFile', () => {
  it('gives a shell the same variables, whatever is in the paths, and puts PATH in front once', () => {
    const text = envFile(pulumiEnvironment(around), binDir);
    const script = `${text}\n${text}\nprintf '%s\\n' "$PULUMI_BACKEND_URL" "$PULUMI_HOME" "$PATH"`;
    const printed = execFileSync('/bin/sh', ['-eu', '-c', script], {
      env: { PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
    });
    expect(printed.split('\n')).toEqual([
      `file://${stateDir}/state`,
      `${stateDir}/pulumi`,
      `${binDir}:/usr/bin:/bin`,
      '',
    ]);
  });

  it('says that a passphrase of the shell wins over ours, and not what it is', () => {
    const text = envFile(pulumiEnvironment(around), binDir);
    const read = (env: Record<string, string>) =>
      spawnSync('/bin/sh', ['-euc', text], { env: { PATH: '/usr/bin:/bin', ...env }, encoding: 'utf8' }).stderr;
    expect(read({})).toBe('');
    expect(read({ PULUMI_CONFIG_PASSPHRASE: 'theirs' })).toMatch(/^PULUMI_CONFIG_PASSPHRASE is set.*Fix: unset it\n$/);
  });
});
