import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { leavingNodesScript } from '../../../components/remote/leaving-nodes.ts';
import { heldLease } from '../../support/controller-lease.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-leave-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Runs the script where wrk01 is to stay, and wrk01, wrk02 and wrk03 are labelled.
 *
 * @param answers - lines of a shell's case over what kubectl is asked, before those of a cluster where all goes well
 */
function leave(answers = '') {
  const kubectl = `#!/bin/sh
shift 2
echo "$*" >>"$FOLDER/asked"
case "$*" in
${answers}
${heldLease}
  *"get nodes -l"*) printf 'wrk01 wrk02 wrk03 ' ;;
  *'get node '*) printf True ;;
esac
`;
  writeFileSync(join(folder, 'kubectl'), kubectl, { mode: 0o755 });
  const env = { PATH: `${folder}:/usr/bin:/bin`, FOLDER: folder };
  const { status, stderr } = spawnSync(
    'sh',
    ['-euc', leavingNodesScript(['wrk01'], 40).replaceAll('/run/', `${folder}/`)],
    { env, encoding: 'utf8' },
  );
  const asked = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
  const changes = asked.flatMap((line) => /\b(drain|delete node|uncordon) \S+/.exec(line)?.[0] ?? []);
  return { status, stderr, asked, changes };
}

it('evicts the pods of each node that leaves, then deletes it, one after the other', () => {
  const { status, changes, asked } = leave();
  expect(status).toBe(0);
  expect(changes).toEqual(['drain wrk02', 'delete node wrk02', 'drain wrk03', 'delete node wrk03']);
  const drain = asked.find((line) => line.startsWith('drain')) ?? '';
  expect(drain).toContain('--timeout=40s');
  expect(drain).not.toContain('--disable-eviction');
});

it('stops at a node whose pods do not go, which then takes pods again, and names pods and budgets', () => {
  const { status, changes, stderr } = leave(
    `  drain*) exit 1 ;;\n  *'get pods'*) printf 'web/web-1 ' ;;\n  *'get poddisruptionbudgets'*) printf 'web/budget ' ;;`,
  );
  expect(status).toBe(1);
  expect(changes).toEqual(['drain wrk02', 'uncordon wrk02']);
  expect(stderr).toContain(
    'node wrk02 stays in the cluster: after 40 s these pods are still on it: web/web-1 (disruption budgets that allow no disruption: web/budget)',
  );
});

it('does not wait for pods on a node that does not answer', () => {
  const { status, changes } = leave(`  *'get node wrk02'*) printf Unknown ;;`);
  expect(status).toBe(0);
  expect(changes).toEqual(['delete node wrk02', 'drain wrk03', 'delete node wrk03']);
});

it('leaves alone what it did not register, and fails where the API does not answer', () => {
  expect(leave(`  *"get nodes -l"*) printf 'wrk01 ' ;;`).changes).toEqual([]);
  expect(leave('  *) exit 1 ;;')).toMatchObject({ status: 1, changes: [] });
});
