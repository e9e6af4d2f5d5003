import { afterEach, describe, expect, it } from '@jest/globals';
import { parseArguments } from '../../cli/args.ts';
import { bench } from '../../cli/bench/run.ts';
import { e2e } from '../../cli/e2e/run.ts';
import { expectedError } from '../../cli/expected.ts';
import { requireLabHost } from '../../cli/platform.ts';
import { preflight } from '../../cli/preflight.ts';
import { up } from '../../cli/up.ts';

const real = process.platform;
const become = (platform: string) => void Object.defineProperty(process, 'platform', { value: platform });
afterEach(() => become(real));

const print = () => undefined;

describe('on macOS', () => {
  it.each([
    ['up of a lab', () => up({ stack: 'dev', print })],
    ['preflight of a lab', () => preflight('dev', print)],
    ['e2e', () => e2e(parseArguments(['e2e'], {}), print)],
    ['bench', () => bench(print)],
  ])('%s says at once that it needs Linux, and points there', async (_, run) => {
    become('darwin');
    const error = await run().then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toMatch(/needs Linux, and this computer runs macOS; nothing was changed\n.*Debian 12 or 13/);
    expect(expectedError(error as Error)).toBe(true);
  });

  it('lets stacks of hosts and of AWS be', () => {
    become('darwin');
    expect(() => requireLabHost({ machines: 'hosts', stack: 'x' })).not.toThrow();
    expect(() => requireLabHost({ machines: 'aws', stack: 'x' })).not.toThrow();
    expect(() => requireLabHost({ machines: 'lab', stack: 'x' })).toThrow('stack x is a lab');
  });
});
