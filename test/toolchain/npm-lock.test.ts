import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { missingOptional, type NpmLock } from '../../toolchain/complete-npm-lock.ts';

const root = join(import.meta.dirname, '..', '..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as NpmLock;

describe('package-lock.json', () => {
  it('holds every optional package, or `npm ci` refuses it: run node toolchain/complete-npm-lock.ts', () => {
    expect(Object.keys(missingOptional(lock))).toEqual([]);
  });

  it('names no download address, so that every registry serves it', () => {
    expect(JSON.stringify(lock)).not.toContain('"resolved"');
  });

  it('is seen to lack one when one is taken out', () => {
    const without = structuredClone(lock);
    const gone = Object.keys(without.packages).find((key) => key.includes('@biomejs/cli-darwin'));
    if (!gone) throw new Error('the lock has no package of another platform');
    delete without.packages[gone];
    expect(missingOptional(without)[gone]).toMatchObject({ os: ['darwin'], optional: true });
  });
});
