import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { examineDocker, stalePid } from '../../toolchain/docker.ts';
import { useEmptyCache } from './support.ts';

const cache = useEmptyCache();

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

describe('Docker on a computer', () => {
  const folder = () => join(cache.path(), 'programs');
  const script = async (name: string, text: string) => {
    await writeFile(join(folder(), name), `#!/bin/sh\n${text}\n`);
    await chmod(join(folder(), name), 0o755);
  };
  const kernel = { KernelVersion: release(), Name: hostname(), OSType: 'linux' };
  const engine = (info: object) =>
    script(
      'docker',
      `case "$1" in version) echo '{"Version":"27.5.1"}';; info) echo '${JSON.stringify({ ...kernel, ...info })}';; esac`,
    );

  beforeEach(async () => {
    await mkdir(folder());
    process.env.PATH = folder();
    delete process.env.DOCKER_HOST;
  });

  it('is an engine that answers, with what keeps a lab off it', async () => {
    await engine({});
    expect(await examineDocker()).toEqual({ version: '27.5.1' });
    await engine({ SecurityOptions: ['name=rootless'] });
    expect(await examineDocker()).toMatchObject({
      version: '27.5.1',
      problem: { problem: expect.stringContaining('rootless') },
    });
  });

  it('is not looked for behind an address of another computer', async () => {
    process.env.DOCKER_HOST = 'tcp://192.0.2.1:2375';
    await engine({});
    const { version, problem } = await examineDocker();
    expect([version, problem?.problem]).toEqual([undefined, expect.stringContaining('on another computer')]);
  });

  it('is a problem of those who may not install it', async () => {
    const user = jest.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(1000);
    const { problem, planned } = await examineDocker();
    user.mockRestore();
    expect([planned, problem?.problem]).toEqual([undefined, 'there is no `docker` command on this computer']);
  });
});
