import { afterEach, describe, expect, it } from '@jest/globals';
import { bench } from '../../bench/run.ts';
import { parseArguments } from '../../cli/args.ts';
import { preflight } from '../../cli/commands/preflight.ts';
import { up } from '../../cli/commands/up.ts';
import { requireLabHost } from '../../cli/prepare.ts';
import { e2e } from '../../e2e/run.ts';
import { UserError } from '../../lib/user-error.ts';

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
    expect(error).toBeInstanceOf(UserError);
  });

  it('lets stacks of hosts and of AWS be', () => {
    become('darwin');
    expect(() => requireLabHost({ machines: 'hosts', stack: 'x' })).not.toThrow();
    expect(() => requireLabHost({ machines: 'aws', stack: 'x' })).not.toThrow();
    expect(() => requireLabHost({ machines: 'lab', stack: 'x' })).toThrow('stack x is a lab');
  });
});
