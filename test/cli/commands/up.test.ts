import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { outputs } from '../health/replies.ts';

const seen = {
  steps: [] as string[],
  problems: [] as object[],
  changes: { same: 40 } as Record<string, number>,
  ahead: undefined as { summary: string[]; disruptive: boolean } | undefined,
};
const config = { machines: 'lab', labName: 'x', machinesList: outputs.machines.filter(({ name }) => name !== 'lb1') };
const mock = (path: string, module: object) => jest.unstable_mockModule(`../../../${path}`, () => module);
const step = (name: string) => seen.steps.push(name);

mock('cli/prepare.ts', {
  checkedConfig: () => config,
  provide: async () => undefined,
  requireLabHost: () => undefined,
  cloudsOf: () => [],
});
mock('cli/commands/tools.ts', { tools: async () => 0 });
mock('cli/commands/preflight.ts', { preflightHosts: async () => config });
mock('cli/pulumi/workspace.ts', { openWorkspace: async () => ({ repoDir: '/nowhere' }) });
mock('cli/pulumi/recover.ts', { recover: async () => undefined });
mock('cli/pulumi/engine.ts', {
  ensureStack: async () => undefined,
  stackExists: async () => true,
  stackOutputs: async () => outputs,
});
mock('cli/pulumi/standing.ts', { refuseStandingChanges: async () => outputs });
mock('cli/output/kubeconfig.ts', { writeKubeconfig: async () => '/nowhere/kubeconfig' });
mock('cli/pulumi/update.ts', {
  runUpdate: async () => {
    step('update');
    return { ok: true, changes: seen.changes, failures: [], logPath: '/nowhere/log' };
  },
});
mock('lab/recover.ts', {
  recoverMachines: async ({ machines }: { machines: { name: string }[] }) => {
    step(`machines ${machines.map(({ name }) => name).join(' ')}`);
    return false;
  },
});
mock('cli/health/verify.ts', {
  verifyCluster: async (_: object, { limitSeconds }: { limitSeconds: number }) => {
    step(`verify ${limitSeconds} s`);
    return { problems: seen.problems, well: ['API ready'] };
  },
});
mock('cli/preview/needed.ts', { mayDisturb: () => seen.ahead !== undefined });
mock('cli/commands/preview.ts', {
  lookAhead: async () => {
    step('preview');
    return seen.ahead;
  },
  summaryLines: (_: string, lines: string[]) => lines,
});
mock('cli/health/silent.ts', {
  silentMachines: async () => [],
  leaveOut: () => [],
  leavingOut: (workspace: object) => workspace,
  withRestoring: (workspace: object) => workspace,
});
const { up } = await import('../../../cli/commands/up.ts');

async function run(confirm?: (question: string) => Promise<boolean>) {
  const lines: string[] = [];
  const { ok } = await up({ stack: 'two', print: (line) => lines.push(line), confirm });
  return { ok, said: lines.join('\n') };
}
beforeEach(() => {
  Object.assign(seen, { steps: [], problems: [], changes: { same: 40 }, ahead: undefined });
});

describe('make up', () => {
  it('brings back the machines that the stack keeps, updates, then asks the cluster, with nothing to change too', async () => {
    expect(await run()).toMatchObject({ ok: true, said: expect.stringContaining('no changes (40 resources') });
    expect(seen.steps).toEqual(['machines c1 e1 w1', 'update', 'verify 30 s']);
  });

  it('gives a changed cluster more time', async () => {
    seen.changes = { same: 40, update: 1 };
    await run();
    expect(seen.steps.at(-1)).toBe('verify 60 s');
  });

  it('says the roll before it starts, and goes on where there is nobody to ask', async () => {
    seen.ahead = { summary: ['restarts etcd on c1'], disruptive: true };
    expect((await run()).said).toMatch(/restarts etcd on c1\nstack two: updating/);
    expect(seen.steps).toEqual(['machines c1 e1 w1', 'preview', 'update', 'verify 30 s']);
  });

  it('asks first on a terminal where something restarts, drains or is removed', async () => {
    seen.ahead = { summary: ['restarts etcd on c1'], disruptive: true };
    await expect(run(async () => false)).rejects.toThrow(
      /stopped; nothing was changed[\s\S]*"make up STACK=two YES=1"/,
    );
    expect(seen.steps).not.toContain('update');
    expect((await run(async () => true)).ok).toBe(true);
    seen.ahead = { summary: ['updates x'], disruptive: false };
    expect((await run(async () => Promise.reject(new Error('asked')))).ok).toBe(true);
  });

  it('fails where the cluster does not answer, and does not say "no changes"', async () => {
    seen.problems = [{ subject: 'w1', seen: 'is not Ready', fix: 'Look.' }];
    const { ok, said } = await run();
    expect(ok).toBe(false);
    expect(said).toContain('w1 is not Ready\n    Fix: Look.');
    expect(said).not.toContain('no changes');
  });
});
