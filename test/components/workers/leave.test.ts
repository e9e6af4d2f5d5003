import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { leaveScript } from '../../../components/workers/leave.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-leave-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** @param answers - lines of a shell's case over what kubectl is asked */
function leave(answers: string) {
  const kubectl = `#!/bin/sh\nshift 2\necho "$*" >>"$FOLDER/asked"\ncase "$*" in\n${answers}\nesac\n`;
  writeFileSync(join(folder, 'kubectl'), kubectl, { mode: 0o755 });
  const env = { PATH: `${folder}:/usr/bin:/bin`, FOLDER: folder };
  const { status } = spawnSync('sh', ['-euc', leaveScript('wrk02')], { env });
  const asked = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
  return { status, verbs: asked.map((line) => /get|drain|delete/.exec(line)?.[0]) };
}

it('drains a node, then deletes it', () => {
  expect(leave('*"get node wrk02"*) echo node/wrk02 ;;')).toEqual({ status: 0, verbs: ['get', 'drain', 'delete'] });
});

it('deletes a node whose pods do not end', () => {
  const { status, verbs } = leave('*"get node"*) echo node/wrk02 ;;\n*drain*) exit 1 ;;');
  expect([status, verbs.at(-1)]).toEqual([0, 'delete']);
});

it('has nothing to do where there is no such node', () => {
  expect(leave('*) : ;;')).toEqual({ status: 0, verbs: ['get'] });
});

it('fails where the API does not answer: the node would stay for ever', () => {
  expect(leave('*) exit 1 ;;')).toEqual({ status: 1, verbs: ['get'] });
});
