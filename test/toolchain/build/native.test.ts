import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { sysrootFlags } from '../../../toolchain/build/native.ts';

const pkgConfig = join(import.meta.dirname, '..', '..', '..', 'toolchain', 'build', 'pkg-config.sh');

describe('a compiler for an unpacked Debian', () => {
  it.each([
    ['amd64', 'x86_64-linux-gnu'],
    ['arm64', 'aarch64-linux-gnu'],
  ] as const)('takes headers and libraries of %s from there, by Debian names', (arch, gnu) => {
    expect(sysrootFlags('/r', arch)).toEqual([
      '--sysroot=/r',
      ...['-isystem', '/r/usr/include', '-isystem', `/r/usr/include/${gnu}`],
      ...[`-B/r/usr/lib/${gnu}/`, `-L/r/usr/lib/${gnu}`],
    ]);
  });
});

// Go asks for libseccomp through pkg-config, which minimal systems lack.
describe('its pkg-config', () => {
  it.each([
    [['--libs', '--', 'libseccomp'], '-lseccomp'],
    [['--libs', '--static', '--', 'libseccomp', 'pcap'], '-lseccomp -lpcap'],
    [['--cflags', '--', 'libseccomp'], ''],
  ])('%j: "%s"', async (args, said) => {
    expect((await execa(pkgConfig, args)).stdout.trim()).toBe(said);
  });
});
