import { describe, expect, it } from '@jest/globals';
import { type Check, Unmet, until } from '../../smoke/check.ts';
import { runChecks } from '../../smoke/runner.ts';

const never = new AbortController().signal;

async function run(checks: Check[], signal = never) {
  const lines: string[] = [];
  const outcomes = await runChecks(checks, { print: (line) => lines.push(line), signal });
  return { lines, states: outcomes.map(({ state }) => state) };
}

const check = (name: string, run: Check['run'], more: Partial<Check> = {}): Check => ({ name, run, ...more });
const good = async () => undefined;
const bad = async () => {
  throw new Unmet('3 pods', '2 pods', ['wrk1 ImagePullBackOff']);
};

describe('runChecks', () => {
  it('prints a line for each check, with what was expected and seen on failure', async () => {
    const { lines, states } = await run([check('a', async () => 'in a good way'), check('b', bad)]);
    expect(states).toEqual(['passed', 'failed']);
    expect(lines).toContainEqual(expect.stringMatching(/^ok {4}a: in a good way \(\d/));
    expect(lines.slice(lines.findIndex((line) => line.startsWith('FAIL')))).toEqual([
      expect.stringMatching(/^FAIL {2}b \(\d/),
      '      expected: 3 pods',
      '      seen:     2 pods',
      '      wrk1 ImagePullBackOff',
    ]);
  });

  it('takes an unforeseen error for a failure, not for the end of the run', async () => {
    const broken = async () => {
      throw new TypeError('x is undefined');
    };
    const { lines, states } = await run([check('a', broken), check('b', good)]);
    expect(states).toEqual(['failed', 'passed']);
    expect(lines).toContain('      error: x is undefined');
  });

  it('does not run what rests on a failed check, and counts it as failed', async () => {
    let ran = false;
    const after = async () => {
      ran = true;
      return undefined;
    };
    const { lines, states } = await run([check('a', bad), check('b', after, { needs: ['a'] })]);
    expect(states).toEqual(['failed', 'failed']);
    expect(ran).toBe(false);
    expect(lines).toContain('FAIL  b: not run, it needs "a"');
  });

  it('says why a check is skipped', async () => {
    const { lines, states } = await run([check('a', bad, { skip: 'there is one worker only' })]);
    expect(states).toEqual(['skipped']);
    expect(lines).toEqual(['skip  a: there is one worker only']);
  });

  it('ends a check when its time is up, and says what was seen last', async () => {
    const waits = (signal: AbortSignal) =>
      until<undefined>({ signal, expected: 'green', every: 5 }, async () => ({ seen: 'red' }));
    const { lines, states } = await run([check('a', waits, { limitSeconds: 0.05 })]);
    expect(states).toEqual(['failed']);
    expect(lines[0]).toContain('after its 0.05 s were up');
    expect(lines.slice(1)).toEqual(['      expected: green', '      seen:     red']);
  });

  it('ends what runs and begins nothing more when it is interrupted', async () => {
    const interrupt = new AbortController();
    const interrupts = (signal: AbortSignal) => {
      interrupt.abort();
      return until<undefined>({ signal, expected: 'green', every: 5 }, async () => ({ seen: 'red' }));
    };
    const { states } = await run([check('a', interrupts), check('b', good, { needs: ['a'] })], interrupt.signal);
    expect(states).toEqual(['failed', 'failed']);
  });

  it('runs no more at once than it may', async () => {
    let now = 0;
    let most = 0;
    const busy = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return undefined;
    };
    const checks = Array.from({ length: 10 }, (_, at) => check(`c${at}`, busy));
    await runChecks(checks, { print: () => undefined, signal: never, atOnce: 3 });
    expect(most).toBe(3);
  });

  it('refuses a need that is not there', async () => {
    await expect(run([check('a', good, { needs: ['z'] })])).rejects.toThrow('"z"');
  });
});

describe('until', () => {
  it('tries again after errors and returns what it found', async () => {
    let tries = 0;
    const found = await until<number>({ signal: never, expected: 'x', every: 1 }, async () => {
      tries += 1;
      if (tries < 3) throw new Error('connection refused');
      return { value: tries };
    });
    expect(found).toBe(3);
  });

  it('shows the last error that was not its own end', async () => {
    const end = new AbortController();
    let tries = 0;
    const waiting = until<undefined>({ signal: end.signal, expected: 'x', every: 1 }, async () => {
      tries += 1;
      if (tries === 2) end.abort();
      throw new Error(end.signal.aborted ? 'was canceled' : 'connection refused');
    });
    await expect(waiting).rejects.toMatchObject({ expected: 'x', seen: 'connection refused' });
  });
});
