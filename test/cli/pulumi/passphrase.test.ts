import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { choosePassphrase, opens, passphraseOf, sealsOf, stacksIn } from '../../../cli/pulumi/passphrase.ts';
import { openWorkspace } from '../../../cli/pulumi/workspace.ts';

/** What Pulumi 3.250.0 wrote for the passphrase "x". */
const sealed = 'v1:deWCL+wwOIo=:v1:4aW/AaKLjx2innK5:842ITO6Zd+CaDUO+cD9prr1lHkf2cw==';

const own = (value: string | undefined) => ({ source: '.hardway/passphrase', value });
const variable = (value: string) => ({ source: 'PULUMI_CONFIG_PASSPHRASE', value });

it('reads what the engine sealed', async () => {
  expect(await opens('x', sealed)).toBe(true);
  expect(await opens('y', sealed)).toBe(false);
  expect(await opens('x', 'v1:cut')).toBe(false);
});

describe('the passphrase of a user', () => {
  it('is the variable, even an empty one, before the file; ours is not theirs', async () => {
    expect(await passphraseOf({}, '/own')).toBeUndefined();
    expect(await passphraseOf({ PULUMI_CONFIG_PASSPHRASE_FILE: '/own' }, '/own')).toBeUndefined();
    expect(await passphraseOf({ PULUMI_CONFIG_PASSPHRASE: '', PULUMI_CONFIG_PASSPHRASE_FILE: '/x' }, '/own')).toEqual({
      source: 'PULUMI_CONFIG_PASSPHRASE',
      value: '',
    });
    expect(await passphraseOf({ PULUMI_CONFIG_PASSPHRASE_FILE: '/not/there' }, '/own')).toEqual({
      source: 'PULUMI_CONFIG_PASSPHRASE_FILE',
      value: undefined,
    });
  });
});

describe('a stack', () => {
  const fresh = { stack: 'dev', seals: [], creates: true };

  it('that is new is made with ours, and refused where the variable would seal it', async () => {
    expect(await choosePassphrase({ ...fresh, own: own('a'), given: undefined })).toEqual({ use: 'own' });
    expect(await choosePassphrase({ ...fresh, own: own('a'), given: variable('a') })).toEqual({ use: 'own' });
    const refused = choosePassphrase({ ...fresh, own: own('a'), given: variable('hunter2') });
    await expect(refused).rejects.toThrow(
      /^PULUMI_CONFIG_PASSPHRASE is set.*new stack dev[\s\S]*Fix: unset PULUMI_CONFIG_PASSPHRASE/,
    );
    await expect(refused).rejects.not.toThrow('hunter2');
  });

  it('that is new may be looked for all the same', async () => {
    const looked = { ...fresh, creates: false, own: own('a'), given: variable('b') };
    expect(await choosePassphrase(looked)).toEqual({ use: 'own' });
  });

  const known = { stack: 'dev', seals: [sealed], creates: true };

  it('that ours opens is run with ours, and the variable is said to be left aside', async () => {
    expect(await choosePassphrase({ ...known, own: own('x'), given: variable('y') })).toEqual({
      use: 'own',
      say: 'stack dev is encrypted with .hardway/passphrase: PULUMI_CONFIG_PASSPHRASE is set and not used',
    });
  });

  it('that the variable opens is run with it, and so it is said', async () => {
    const chosen = await choosePassphrase({ ...known, own: own('y'), given: variable('x') });
    expect(chosen).toMatchObject({
      use: 'given',
      say: expect.stringContaining('passphrase of PULUMI_CONFIG_PASSPHRASE'),
    });
  });

  it('that nothing opens is refused with the names of what was tried', async () => {
    await expect(choosePassphrase({ ...known, own: own(undefined), given: undefined })).rejects.toThrow(
      /does not open stack dev: tried \.hardway\/passphrase \(not readable\)\.[\s\S]*nothing was changed\n {2}Fix: /,
    );
    await expect(choosePassphrase({ ...known, own: own('a'), given: variable('') })).rejects.toThrow(
      'tried .hardway/passphrase and PULUMI_CONFIG_PASSPHRASE (empty)',
    );
  });
});

describe('a checkout', () => {
  let checkout: string;
  const user: NodeJS.ProcessEnv = { PATH: '/bin' };
  const at = (...names: string[]) => join(checkout, ...names);
  const stateFile = () => at('.hardway', 'state', '.pulumi', 'stacks', 'hardway', 'dev.json');
  const state = JSON.stringify({
    checkpoint: { latest: { secrets_providers: { type: 'passphrase', state: { salt: sealed } } } },
  });
  beforeEach(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'hardway-home-'));
    await writeFile(at('Pulumi.yaml'), await readFile(join(import.meta.dirname, '..', '..', '..', 'Pulumi.yaml')));
    await writeFile(at('Pulumi.dev.yaml'), 'config:\n  hardway:labSubnet: 10.3.0.0/24\n');
    await mkdir(join(stateFile(), '..'), { recursive: true });
  });
  afterEach(() => rm(checkout, { recursive: true }));

  it('gets a passphrase, but no new one once stacks are sealed with one that was lost', async () => {
    await openWorkspace({ checkout, user: { ...user }, stack: 'dev', creates: true });
    expect(await readFile(at('.hardway', 'passphrase'), 'utf8')).toHaveLength(43);
    await writeFile(stateFile(), state);
    await rm(at('.hardway', 'passphrase'));
    await expect(openWorkspace({ checkout, user: { ...user }, stack: 'dev' })).rejects.toThrow(
      'does not open stack dev',
    );
    await expect(readFile(at('.hardway', 'passphrase'))).rejects.toThrow('ENOENT');
    const workspace = await openWorkspace({ checkout, user: { ...user, PULUMI_CONFIG_PASSPHRASE: 'x' }, stack: 'dev' });
    expect(workspace.environment).not.toHaveProperty('PULUMI_CONFIG_PASSPHRASE_FILE');
  });

  it('takes the variable out of what the engine sees, where ours opens the stack', async () => {
    await writeFile(stateFile(), state);
    await mkdir(at('.hardway'), { recursive: true });
    await writeFile(at('.hardway', 'passphrase'), 'x');
    const { environment } = await openWorkspace({
      checkout,
      user: { ...user, PULUMI_CONFIG_PASSPHRASE: 'y' },
      stack: 'dev',
    });
    expect('PULUMI_CONFIG_PASSPHRASE' in environment).toBe(true);
    expect(environment.PULUMI_CONFIG_PASSPHRASE).toBeUndefined();
    expect(environment.PULUMI_CONFIG_PASSPHRASE_FILE).toBe(at('.hardway', 'passphrase'));
  });

  it('knows its stacks and their seals, also of a compressed state and of the stack file', async () => {
    await writeFile(`${stateFile()}.gz`, gzipSync(state));
    await writeFile(at('Pulumi.dev.yaml'), 'encryptionsalt: v1:a=:v1:b:c\n');
    expect(await stacksIn(at('.hardway', 'state'))).toEqual(['dev']);
    expect(await sealsOf(at('.hardway', 'state'), 'dev', at('Pulumi.dev.yaml'))).toEqual([sealed, 'v1:a=:v1:b:c']);
    expect(await sealsOf(at('.hardway', 'state'), 'new', at('Pulumi.dev.yaml'))).toEqual([]);
  });

  it('takes the salt out again that plain pulumi wrote into a file meant to be committed, and says so', async () => {
    await writeFile(stateFile(), state);
    await writeFile(at('.hardway', 'passphrase'), 'x');
    await writeFile(at('Pulumi.dev.yaml'), `config:\n  hardway:cni: none\nencryptionsalt: ${sealed}\n`);
    const lines: string[] = [];
    const options = { checkout, user: { ...user }, stack: 'dev', print: (line: string) => void lines.push(line) };
    await openWorkspace(options);
    expect(await readFile(at('Pulumi.dev.yaml'), 'utf8')).toBe('config:\n  hardway:cni: none\n');
    expect(lines).toEqual([expect.stringContaining('Pulumi.dev.yaml: removed the encryptionsalt')]);
    // Where a value of the file is sealed with it, the file needs it.
    const needed = `config:\n  hardway:weavePassword:\n    secure: v1:a:b\nencryptionsalt: ${sealed}\n`;
    await writeFile(at('Pulumi.dev.yaml'), needed);
    await openWorkspace(options);
    expect(await readFile(at('Pulumi.dev.yaml'), 'utf8')).toBe(needed);
  });

  it('keeps the machines of all its stacks off a proxy, for its children and for plain pulumi', async () => {
    const given: NodeJS.ProcessEnv = { ...user, https_proxy: 'http://proxy:1', no_proxy: 'intranet' };
    await openWorkspace({ checkout, user: given });
    expect(given.no_proxy?.split(',')).toEqual(
      expect.arrayContaining(['intranet', '127.0.0.1', '10.3.0.0/24', '10.3.0.254']),
    );
    expect(await readFile(at('.hardway', 'env'), 'utf8')).toContain('10.3.0.0/24');
  });
});
