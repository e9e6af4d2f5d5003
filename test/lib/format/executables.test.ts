import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { plans } from './samples.ts';

it.each(Object.entries(plans))('%s: what the kernel is to run says by what', (_room, plan) => {
  const programs = Object.entries(plan.files).filter(([, { mode }]) => (mode & 0o111) !== 0);
  expect(programs.filter(([, { content }]) => !content.startsWith('#!/')).map(([path]) => path)).toEqual([]);
});

describe('every timer', () => {
  const all = Object.entries(plans).flatMap(([room, plan]) =>
    Object.keys(plan.files).flatMap((path) => (path.endsWith('.timer') ? [[room, basename(path), plan] as const] : [])),
  );

  it.each(all)('%s: %s is a service of its role, and starts a task that is there', (_room, name, plan) => {
    expect(plan.services.map(({ unit }) => unit)).toContain(name);
    const task = plan.files[`/etc/systemd/system/${name.replace('.timer', '.service')}`]?.content ?? '';
    expect(task).toContain('Type=oneshot');
    expect(Object.keys(plan.files)).toContain(/^ExecStart=(\S+)$/m.exec(task)?.[1]);
  });
});
