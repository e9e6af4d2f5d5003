import { describe, expect, it } from '@jest/globals';
import { stalePid } from '../../toolchain/docker.ts';

describe('the pid file of a killed engine', () => {
  it.each([
    ['dockerd', 'dockerd\n', false],
    ['dockerd', 'node\n', true],
    ['containerd', '', true],
    ['containerd', 'containerd\n', false],
  ])('of %s, whose number is now "%s": stale is %s', (program, command, stale) => {
    expect(stalePid(program, command)).toBe(stale);
  });
});
