import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { drainedFor, drainScript, uncordonScript } from '../../../components/workers/drain.ts';
import { resolved } from '../../config/support.ts';
import { heldLease } from '../../support/controller-lease.ts';

const base = { labSubnet: '10.77.0.0/24', workers: ['wrk01', 'wrk02'], kubernetesVersion: '1.37.1' };
const of = (settings: Record<string, unknown> = {}) => drainedFor(resolved({ ...base, ...settings }));
const wanted = of();
if (!wanted) throw new Error('nothing is drained');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-drain-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script where kubectl answers by lines of a shell's case; without, the node runs 1.36.4 and is not cordoned. */
function run(script: string, answers = '') {
  const kubectl = `#!/bin/sh
shift 2
echo "$*" >>"$FOLDER/asked"
case "$*" in
${answers}
${heldLease}
  *nodeInfo*) printf v1.36.4 ;;
  *'get nodes '*) printf 'cp1 True NoSchedule\nwrk01 True \nwrk02 True \n' ;;
  *cordoned}*) ;;
  *unschedulable*) ;;
  *'get node '*) printf True ;;
esac
`;
  writeFileSync(join(folder, 'asked'), '');
  writeFileSync(join(folder, 'kubectl'), kubectl, { mode: 0o755 });
  const env = { PATH: `${folder}:/usr/bin:/bin`, FOLDER: folder };
  const { status, stderr } = spawnSync('sh', ['-euc', script.replaceAll('/run/', `${folder}/`)], {
    ...{ env, encoding: 'utf8' },
  });
  const asked = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
  const changes = asked.flatMap((line) => {
    const words = line.replace(/^--request-timeout=\S+ /, '');
    return /^(drain|uncordon|annotate) /.test(words) ? words.replace(/ --(ignore|delete|force|timeout).*/, '') : [];
  });
  return { status, stderr, changes };
}
const drain = (answers?: string) => run(drainScript('wrk01', wanted, 40), answers);
const uncordon = (answers?: string) => run(uncordonScript('wrk01'), answers);
const mark = 'annotate --overwrite node wrk01 hardway.local/cordoned=update';
const unmark = 'annotate node wrk01 hardway.local/cordoned-';

describe('what a node is drained for', () => {
  it('is another minor version of the kubelet, any other version, or nothing', () => {
    expect(wanted.versions).toBe('kubelet 1.37');
    expect(of({ kubernetesVersion: '1.36.4' })?.versions).toBe('kubelet 1.36');
    const { containerdVersion } = resolved(base);
    expect(of({ drain: 'always' })?.versions).toBe(`kubelet 1.37.1, containerd ${containerdVersion}`);
    expect(of({ drain: 'never' })).toBeUndefined();
  });

  it('is nothing where no other node takes pods', () => {
    expect(of({ workers: ['wrk01'], controllersAsNodes: true })).toBeUndefined();
  });
});

describe('draining', () => {
  it('marks the node, and takes its pods off', () => {
    expect(drain()).toMatchObject({ status: 0, changes: [mark, 'drain wrk01'] });
  });

  it.each([
    ['runs the wanted version', '  *nodeInfo*) printf v1.37.0 ;;'],
    ['is not registered', '  *nodeInfo*) ;;'],
  ])('leaves a node alone that %s', (_, answers) => {
    expect(drain(answers)).toMatchObject({ status: 0, changes: [] });
  });

  it.each([
    ['is cordoned', 'wrk02 True NoSchedule'],
    ['does not answer', 'wrk02 Unknown NoSchedule NoExecute'],
    ['is not there', ''],
  ])('leaves the pods where they are while the other node %s', (_, other) => {
    const answers = `  *'get nodes '*) printf 'cp1 True NoSchedule\\nwrk01 True \\n${other}\\n' ;;`;
    expect(drain(answers)).toMatchObject({
      ...{ status: 0, changes: [], stderr: 'node wrk01 is not drained: no other node takes pods\n' },
    });
  });

  it('tells 1.3 from 1.37', () => {
    expect(drain('  *nodeInfo*) printf v1.3.7 ;;').changes).toContain('drain wrk01');
  });

  it('waits for a controller manager that has led for a while, since the endpoints of Services are its work', () => {
    const times = '  *acquireTime*) date -u -d "2026-11-25 20:00" +%FT%TZ ;;';
    expect(drain(times).changes).toEqual([mark, 'drain wrk01']);
    expect(readFileSync(join(folder, 'renewed'), 'utf8').length).toBeGreaterThan(4);
  });

  it('leaves a node cordoned that was so before', () => {
    const cordoned = '  *unschedulable*) printf true ;;';
    expect(drain(cordoned)).toMatchObject({ status: 0, changes: ['drain wrk01'] });
    expect(drain(`${cordoned}\n  drain*) exit 1 ;;`).changes).not.toContain('uncordon wrk01');
  });

  it('goes on with a node that an update before had cordoned', () => {
    const answers = '  *unschedulable*) printf true ;;\n  *cordoned}*) printf update ;;';
    expect(drain(answers)).toMatchObject({ status: 0, changes: [mark, 'drain wrk01'] });
  });

  it('stops where pods do not go, and the node takes pods again', () => {
    const { status, changes, stderr } = drain('  drain*) exit 1 ;;');
    expect(status).toBe(1);
    expect(changes).toEqual([mark, 'drain wrk01', 'uncordon wrk01', unmark]);
    expect(stderr).toContain('node wrk01 stays in the cluster: after 40 s these pods are still on it');
  });

  it('fails where the API does not answer', () => {
    expect(drain('  *) exit 1 ;;')).toMatchObject({ status: 1, changes: [] });
  });
});

describe('taking pods again', () => {
  it('ends the cordon of an update, and no other', () => {
    expect(uncordon('  *cordoned}*) printf update ;;')).toMatchObject({ changes: ['uncordon wrk01', unmark] });
    expect(uncordon()).toMatchObject({ status: 0, changes: [] });
  });
});
