import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nodesCondition } from '../../../lib/format/nodes.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-nodes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Asks the condition with a kubectl that prints the given nodes. */
function holds(ready: boolean, nodes: string) {
  writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\nprintf '${nodes}'\n`, { mode: 0o755 });
  const { status, stdout } = spawnSync('sh', ['-euc', nodesCondition(['cp1', 'worker1'], ready)], {
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/bin:/bin` },
  });
  return { status, stdout };
}

describe('the condition on nodes', () => {
  it('holds once all of them are registered, others beside them or not', () => {
    const all = 'cp1 Ready x\\nworker1 NotReady x\\nworker9 NotReady x\\n';
    expect(holds(false, all)).toEqual({ status: 0, stdout: '' });
    expect(holds(false, 'cp1 Ready x\\n')).toEqual({ status: 1, stdout: 'worker1 is not registered\n' });
  });

  it('holds, where that is asked for, once all of them are Ready, cordoned or not', () => {
    expect(holds(true, 'cp1 Ready x\\nworker1 Ready,SchedulingDisabled x\\n').status).toBe(0);
    expect(holds(true, 'cp1 Ready x\\nworker1 NotReady x\\n')).toEqual({ status: 1, stdout: 'worker1 is not Ready\n' });
  });
});
