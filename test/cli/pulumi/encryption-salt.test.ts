import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { keepEncryptionSaltOut, withoutNewSalt } from '../../../cli/pulumi/encryption-salt.ts';

const before = '# A comment\nconfig:\n  hardway:controllers: [a, "b"]\n';

describe('withoutNewSalt', () => {
  it('gives the old text back when nothing but the salt came, however the file was laid out anew', () => {
    expect(withoutNewSalt(before, `encryptionsalt: v1:abc=:v1:def\n${before}`)).toBe(before);
    const again = 'config:\n  hardway:controllers: [a, b]\nencryptionsalt: v1:abc=:v1:def\n';
    expect(withoutNewSalt(before, again)).toBe(before);
  });

  it('leaves the file alone when something else changed, or the salt was there before', () => {
    expect(withoutNewSalt(before, `${before}  hardway:cni: none\nencryptionsalt: x\n`)).toBeUndefined();
    expect(withoutNewSalt(`encryptionsalt: x\n${before}`, `encryptionsalt: y\n${before}`)).toBeUndefined();
    expect(withoutNewSalt(before, before)).toBeUndefined();
  });
});

describe('keepingSaltOut', () => {
  it('restores the file after a run that failed, too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'salt-'));
    const path = join(folder, 'Pulumi.dev.yaml');
    await writeFile(path, before);
    const run = keepEncryptionSaltOut(path, async () => {
      await writeFile(path, `${before}encryptionsalt: v1:x\n`);
      throw new Error('update failed');
    });
    await expect(run).rejects.toThrow('update failed');
    expect(await readFile(path, 'utf8')).toBe(before);
    await rm(folder, { recursive: true });
  });

  it('takes out what a killed run left', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'salt-'));
    const path = join(folder, 'Pulumi.dev.yaml');
    await mkdir(join(folder, '.hardway'));
    await writeFile(path, before);
    const salt = () => writeFile(path, `${before}encryptionsalt: v1:x\n`);
    // Never ends, as far as its caller will know.
    await new Promise<void>((resolve) => {
      void keepEncryptionSaltOut(path, async () => {
        await salt();
        resolve();
        await new Promise(() => {});
      });
    });
    const seen = await keepEncryptionSaltOut(path, () => readFile(path, 'utf8'));
    expect(seen).toBe(before);
    expect(await readdir(join(folder, '.hardway'))).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
