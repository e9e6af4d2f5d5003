import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { leaveWeave } from '../../../components/addons/weave/leave.ts';
import { leavingNodesScript } from '../../../components/remote/leaving-nodes.ts';
import { heldLease } from '../../support/controller-lease.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-leave-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const peers = '{"Peers":[{"PeerName":"aa:01","NodeName":"wrk01"},{"PeerName":"bb:02","NodeName":"wrk02"}]}';

/** A cluster of two peers in a shell script: it writes down what it is asked, and forgets peers that are removed. */
const fakeKubectl = (handsOver: boolean) => `#!/bin/sh
shift 2
echo "$*" >>"$FOLDER/asked"
case "$*" in
${heldLease}
  *"get nodes"*) printf 'wrk01 '; [ -e "$FOLDER/gone" ] || printf 'wrk02 ' ;;
  *"get configmap"*) [ -e "$FOLDER/removed" ] && echo '{"Peers":[{"PeerName":"aa:01","NodeName":"wrk01"}]}' || echo '${peers}' ;;
  *"delete node"*) touch "$FOLDER/gone" ;;
  *"get node wrk02 -o"*) printf True ;;
  *"get node wrk02"*) [ ! -e "$FOLDER/gone" ] ;;
  *"-o name"*) echo pod/weave-b ;;
  *"exec pod/weave-b"*) ${handsOver ? 'exit 0' : 'exit 1'} ;;
  *"--no-headers"*) : ;;
  *"status.phase=Running"*) printf 'wrk01 weave-a\\n' ;;
  *"/status/connections"*) : ;;
  *"DELETE"*"/peer/bb:02"*) touch "$FOLDER/removed" ;;
  *"/status/ipam"*) echo 'aa:01(wrk01) 65536 IPs'; [ -e "$FOLDER/removed" ] || echo 'bb:02(wrk02) 1 IPs' ;;
esac
`;

function leave(kubectl: string) {
  writeFileSync(join(folder, 'kubectl'), kubectl, { mode: 0o755 });
  const env = { PATH: `${folder}:/usr/bin:/bin`, FOLDER: folder };
  const { status, stderr } = spawnSync(
    'sh',
    ['-euc', leavingNodesScript(['wrk01'], 60, leaveWeave()).replaceAll('/run/', `${folder}/`)],
    {
      env,
      encoding: 'utf8',
    },
  );
  const path = join(folder, 'asked');
  return { status, stderr, asked: existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [] };
}

const at = (asked: readonly string[], ...words: string[]) =>
  asked.findIndex((line) => words.every((word) => line.includes(word)));

describe('a node that leaves Weave Net', () => {
  it('is drained, hands its addresses over, goes, and is removed by a peer that stays', () => {
    const { status, asked } = leave(fakeKubectl(true));
    expect(status).toBe(0);
    const order = [
      at(asked, 'drain wrk02'),
      at(asked, 'exec pod/weave-b', '-X DELETE', '6784/peer'),
      at(asked, 'delete node wrk02'),
      at(asked, 'exec weave-a', '-X DELETE', '/peer/bb:02'),
    ];
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(order[0]).toBeGreaterThanOrEqual(0);
  });

  it('is removed although it does not answer', () => {
    const { status, asked } = leave(fakeKubectl(false));
    expect(status).toBe(0);
    expect(at(asked, 'exec weave-a', '-X DELETE', '/peer/bb:02')).toBeGreaterThan(0);
  });

  it('is removed in the next run, where one ended after its Node was deleted', () => {
    writeFileSync(join(folder, 'gone'), '');
    const { status, asked } = leave(fakeKubectl(true));
    expect(status).toBe(0);
    expect(at(asked, 'drain')).toBe(-1);
    expect(at(asked, 'exec weave-a', '-X DELETE', '/peer/bb:02')).toBeGreaterThan(0);
  });

  it('may have left before', () => {
    writeFileSync(join(folder, 'gone'), '');
    writeFileSync(join(folder, 'removed'), '');
    const { status, asked } = leave(fakeKubectl(true));
    expect(status).toBe(0);
    expect(at(asked, 'drain')).toBe(-1);
    expect(at(asked, '-X DELETE')).toBe(-1);
  });
});
