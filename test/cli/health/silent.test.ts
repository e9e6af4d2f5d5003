import { describe, expect, it } from '@jest/globals';
import { findSilent, leaveOut, leavingOut } from '../../../cli/health/silent.ts';
import type { Workspace } from '../../../cli/pulumi/workspace.ts';
import { resolved } from '../../config/support.ts';

const config = resolved({ labSubnet: '10.77.0.0/24', workers: ['wrk01', 'wrk02', 'wrk03'] });
const standing = { machines: ['kubelb', 'ctl01', 'ctl02', 'wrk01', 'wrk02', 'old'].map((name) => ({ name })) };
const silent = (...names: string[]) => names.map((name) => ({ name, reason: 'no route to host. Fix: look.' }));

describe('findSilent', () => {
  it('asks all at once, and names those that do not answer until the time is up', async () => {
    const asked: string[] = [];
    const ask = async (name: string) => {
      asked.push(name);
      if (name === 'wrk02') throw new Error('wrk02: timed out');
    };
    expect(await findSilent(['wrk01', 'wrk02', 'ctl01'], ask, 0.5)).toEqual([{ name: 'wrk02', reason: 'timed out' }]);
    expect(asked).toEqual(['wrk01', 'wrk02', 'ctl01']);
  });

  it('asks again a machine that refused once', async () => {
    let tries = 0;
    const ask = async () => {
      tries += 1;
      if (tries === 1) throw new Error('refused');
    };
    expect(await findSilent(['wrk01'], ask)).toEqual([]);
    expect(tries).toBe(2);
  });
});

describe('leaveOut', () => {
  it('leaves out workers of the cluster, and says so', () => {
    const lines: string[] = [];
    expect(leaveOut(silent('wrk02'), { standing, config }, (line) => lines.push(line))).toEqual(['wrk02']);
    expect(lines).toEqual([
      'wrk02 does not answer over SSH: no route to host. This update leaves it out; once it answers, "make up STACK=test" brings it up to date.',
    ]);
  });

  it('refuses an update without any other machine, or without a worker that is new', () => {
    const refuse = () => leaveOut(silent('ctl02', 'wrk03', 'wrk01'), { standing, config }, () => undefined);
    expect(refuse).toThrow(
      'stack test: an update needs every machine but workers that it has updated before; nothing was changed:\n' +
        '  ctl02 does not answer over SSH: no route to host\n  wrk03 does not answer over SSH: no route to host\n' +
        '  Fix: start them,',
    );
  });

  it('only says so in a preview', () => {
    const lines: string[] = [];
    const left = leaveOut(silent('ctl02', 'wrk01'), { standing, config, preview: true }, (line) => lines.push(line));
    expect(left).toEqual(['wrk01']);
    expect(lines[0]).toContain('warning: stack test: an update needs every machine');
  });
});

it('tells the program by a variable', () => {
  const workspace = { environment: { A: '1' } } as unknown as Workspace;
  expect(leavingOut(workspace, [])).toBe(workspace);
  expect(leavingOut(workspace, ['wrk01', 'wrk02']).environment).toEqual({ A: '1', HARDWAY_LEAVE_OUT: 'wrk01,wrk02' });
});
