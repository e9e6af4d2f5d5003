import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { verifyCluster } from '../../../cli/health/verify.ts';
import { clusterOutputs } from '../../smoke/cluster.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hardway-verify-'));
  await writeFile(
    join(folder, 'kubectl'),
    `#!/bin/sh\necho "$NO_PROXY $no_proxy $*" >>"$(dirname "$0")/asked"\necho refused >&2; exit 1\n`,
  );
  await chmod(join(folder, 'kubectl'), 0o755);
});
afterEach(() => rm(folder, { recursive: true }));

const verify = (
  options: { limitSeconds: number; once?: boolean; leftOut?: string[] },
  print = (_: string): void => {},
  machineSource = 'lab',
) =>
  verifyCluster(
    { ...clusterOutputs, machineSource },
    {
      ...{ stack: 'two', kubectl: join(folder, 'kubectl'), privateDir: join(folder, 'tmp'), print },
      ...options,
    },
  );
const asked = async () => (await readFile(join(folder, 'asked'), 'utf8')).replace(/\n$/, '').split('\n');

describe('verifyCluster', () => {
  it('asks the API past every proxy, and every machine, and leaves no kubeconfig', async () => {
    const { problems } = await verify({ limitSeconds: 20, once: true });
    expect(problems.map(({ subject }) => subject)).toEqual(['c1', 'w1', 'the API at https://127.0.0.1:1']);
    const calls = await asked();
    expect(calls).toHaveLength(3);
    for (const call of calls) expect(call).toMatch(/127\.0\.0\.1 \S*127\.0\.0\.1 --kubeconfig=/);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  it('leaves the way to the public endpoint of a cloud to NO_PROXY', async () => {
    const { NO_PROXY, no_proxy } = process.env;
    await verify({ limitSeconds: 20, once: true }, undefined, 'aws');
    for (const call of await asked()) expect(call.split(' ').slice(0, 2)).toEqual([NO_PROXY ?? '', no_proxy ?? '']);
  });

  it('does not wait for machines that are known not to answer', async () => {
    const lines: string[] = [];
    const leftOut = ['c1', 'w1', 'the API at https://127.0.0.1:1'];
    const { problems } = await verify({ limitSeconds: 20, leftOut }, (line) => lines.push(line));
    expect(problems).toHaveLength(3);
    expect(lines).toEqual([]);
    expect(await asked()).toHaveLength(3);
  });

  it('asks again until its time is up, and says once whom it waits for', async () => {
    const lines: string[] = [];
    const { problems } = await verify({ limitSeconds: 4 }, (line) => lines.push(line));
    expect(problems.length).toBeGreaterThan(0);
    expect((await asked()).length).toBeGreaterThan(3);
    expect(lines).toEqual(['  waiting up to 4 s for c1, w1, the API at https://127.0.0.1:1']);
  });
});
