import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { execa } from 'execa';
import { environmentBehind } from '../../e2e/publisher/environment.ts';
import { type StandIn, type StandInOptions, startStandIn } from '../../e2e/publisher/stand-in.ts';
import type { Attempt, Outcome } from './try-downloads.ts';

/** The publishers, started once for the tests of a file; after each test all faults are gone and no request is known. */
export function useStandIn(options: Partial<StandInOptions> = {}): () => StandIn {
  let folder = '';
  let standIn: StandIn | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hardway-publishers-'));
    standIn = await startStandIn({ work: join(folder, 'work'), arch: 'amd64', ...options });
  });
  afterEach(() => {
    standIn?.server.faults.clear();
    standIn?.server.entries.splice(0);
    standIn?.proxy.entries.splice(0);
  });
  afterAll(async () => {
    await standIn?.close();
    await rm(folder, { recursive: true, force: true });
  });
  return () => {
    if (!standIn) throw new Error('the stand-in was not started');
    return standIn;
  };
}

/** Runs one of this folder's programs in a process of its own, behind the stand-in's proxy. @returns its output */
async function runBehind(
  standIn: StandIn,
  program: string,
  input: unknown,
  env: Record<string, string>,
): Promise<string> {
  const result = await execa(process.execPath, [join(import.meta.dirname, program)], {
    input: JSON.stringify(input),
    extendEnv: false,
    env: {
      ...environmentBehind(standIn, process.env),
      // What the bootstrap sets for whoever has a proxy.
      NODE_USE_ENV_PROXY: '1',
      NODE_USE_SYSTEM_CA: '1',
      ...env,
    },
  });
  return result.stdout;
}

/** Downloads with the toolchain's code, one after the other, in a process of its own. */
export async function tryDownloads(
  standIn: StandIn,
  attempts: readonly Attempt[],
  env: Record<string, string> = {},
): Promise<Outcome[]> {
  const output = await runBehind(standIn, 'try-downloads.ts', attempts, env);
  return output.split('\n').map((line) => JSON.parse(line) as Outcome);
}

/** What the publishers were asked for: `METHOD host/path range`, redirects of github.com by the file's name alone. */
export function requests({ server }: StandIn): string[] {
  return server.entries.map(({ method, host, path, range }) => `${method} ${host}${path}${range ? ` ${range}` : ''}`);
}
