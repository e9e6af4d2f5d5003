import { jest } from '@jest/globals';
import { withSums } from './graph.ts';
import { type Registration, record, settled } from './recorder.ts';

/**
 * Runs the whole program of a stack `test` against mocks, once a test file. What was provided on this machine does not
 * matter to it. Other modules that are to be mocked are, before this.
 *
 * @param settings as Pulumi has them, without the namespace: structures as JSON
 * @param call answers what the program asks of providers; default what it asked with
 */
export async function runProgram(
  settings: Record<string, string>,
  call?: Parameters<typeof record>[3],
): Promise<Registration[]> {
  const actual = await import('../../artifacts/lock.ts');
  jest.unstable_mockModule('../../artifacts/lock.ts', () => ({
    ...actual,
    readLock: () => withSums(actual.readLock(actual.lockPath, '/nowhere')),
  }));
  const all = record('hardway', 'test', settings, call);
  await import('../../index.ts');
  await settled();
  return all;
}
