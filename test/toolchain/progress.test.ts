import { describe, expect, it } from '@jest/globals';
import { formatExpected, lineDisplay, pool } from '../../toolchain/progress.ts';

const soon = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('lineDisplay', () => {
  it('numbers jobs, says start and end, and beats in between', async () => {
    const lines: string[] = [];
    const display = lineDisplay((line) => lines.push(line), 20);
    const jobs = [
      { title: 'kube-apiserver 1.36.4', verb: 'building', expectedSeconds: 180, run: () => soon(50) },
      { title: 'runc 1.5.2', verb: 'downloading', run: async () => undefined },
    ];
    await display.runAll(jobs, { first: 4, total: 17 }, 1);
    expect(lines[0]).toBe('[4/17] kube-apiserver 1.36.4: building (expected about 3 min)…');
    expect(lines[1]).toBe('[4/17] kube-apiserver 1.36.4: still building, 0 s of about 3 min');
    expect(lines.slice(-3)).toEqual([
      '[4/17] kube-apiserver 1.36.4: done in 0 s',
      '[5/17] runc 1.5.2: downloading…',
      '[5/17] runc 1.5.2: done in 0 s',
    ]);
  });

  it('does not say done, nor beat on, after a failure', async () => {
    const lines: string[] = [];
    const display = lineDisplay((line) => lines.push(line), 10);
    const job = { title: 'a', verb: 'building', run: () => Promise.reject(new Error('broken')) };
    await expect(display.runAll([job], { first: 1, total: 1 }, 1)).rejects.toThrow('broken');
    await soon(30);
    expect(lines).toEqual(['[1/1] a: building…']);
  });
});

it('shows expectations as people say them', () => {
  expect([1, 12, 88, 90, 185].map(formatExpected)).toEqual(['5 s', '10 s', '90 s', '2 min', '3 min']);
});

describe('pool', () => {
  it('runs at most so many at once, and every one', async () => {
    let running = 0;
    let most = 0;
    const seen: number[] = [];
    await pool([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++running);
      await soon(2);
      running--;
      seen.push(item);
    });
    expect(most).toBe(2);
    expect(seen.sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('starts nothing new after a failure', async () => {
    const seen: number[] = [];
    const work = async (item: number) => {
      seen.push(item);
      if (item === 1) throw new Error('first');
    };
    await expect(pool([1, 2, 3], 1, work)).rejects.toThrow('first');
    expect(seen).toEqual([1]);
  });
});
