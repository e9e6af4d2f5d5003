import { beforeEach, describe, expect, it, jest } from '@jest/globals';

const found = { machines: 'hosts', record: undefined as object | undefined };
const seen = { facts: 'not looked at here' };
jest.unstable_mockModule('../../../cli/pulumi/workspace.ts', () => ({
  openWorkspace: async () => ({ repoDir: '/nowhere' }),
}));
jest.unstable_mockModule('../../../cli/pulumi/engine.ts', () => ({
  pulumi: async () => '',
  stackExists: async () => false,
}));
jest.unstable_mockModule('../../../cli/pulumi/recover.ts', () => ({ recover: async () => undefined }));
jest.unstable_mockModule('../../../cli/pulumi/update.ts', () => ({ runUpdate: async () => ({ ok: true }) }));
jest.unstable_mockModule('../../../cli/output/failures.ts', () => ({ explain: () => '' }));
jest.unstable_mockModule('../../../cli/output/kubeconfig.ts', () => ({ removeKubeconfig: async () => undefined }));
jest.unstable_mockModule('../../../lab/teardown.ts', () => ({ destroyAll: async () => ({ removed: [] }) }));
jest.unstable_mockModule('../../../cli/prepare.ts', () => ({
  readConfig: () => ({ config: { machines: found.machines, labName: 'x', machinesList: [{ name: 'ctl01' }] } }),
}));
const records = await import('../../../config/host-record.ts');
jest.unstable_mockModule('../../../config/host-record.ts', () => ({ ...records, readHostRecord: () => found.record }));
const { down } = await import('../../../cli/commands/down.ts');

/** What a stack without state says when it is taken down, and its status. */
async function tried(): Promise<{ status: number; said: string }> {
  const lines: string[] = [];
  const status = await down({ stack: 'live', print: (line) => lines.push(line) });
  return { status, said: lines.join('\n') };
}
beforeEach(() => {
  found.machines = 'hosts';
  found.record = undefined;
});

describe('make down without a state', () => {
  it('does not claim that hosts are free which nobody asked, and says how they become so', async () => {
    found.record = { hosts: { ctl01: seen, wrk01: seen } };
    const { status, said } = await tried();
    expect(status).toBe(1);
    expect(said).toContain('ctl01, wrk01 were not asked');
    expect(said).toContain(records.RELEASE_COMMAND);
    expect(said).not.toContain('nothing of it is left');
  });

  it('claims nothing of machines that nobody ever looked at', async () => {
    const { status, said } = await tried();
    expect({ status, said }).toEqual({
      status: 0,
      said: 'there is no state of stack live: no machine was asked, nothing was done',
    });
  });

  it('takes a lab away all the same', async () => {
    found.machines = 'lab';
    expect(await tried()).toMatchObject({ status: 0, said: expect.stringContaining('nothing of it is left') });
  });
});
