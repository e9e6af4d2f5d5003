import { up } from '../cli/commands/up.ts';
import type { Workspace } from '../cli/pulumi/workspace.ts';
import { labStatus } from '../lab/status.ts';
import { pause } from '../smoke/check.ts';

/** What {@link killedUp} is told. */
export interface KillRequest {
  readonly stack: string;
  readonly workspace: Workspace;
  readonly print: (line: string) => void;
}

/**
 * Runs an update and kills Pulumi with SIGKILL some seconds after it has begun to make machines: while roles are put
 * onto them.
 */
export async function killedUp({ stack, print }: KillRequest): Promise<string> {
  const ended = new AbortController();
  let killedAfter = 0;
  const onStart = (pid: number) => {
    const begin = performance.now();
    void (async () => {
      while (!ended.signal.aborted) {
        const { machines } = await labStatus(`hardway-${stack}`).catch(() => ({ machines: [] }));
        if (machines.filter(({ role, state }) => role === 'machine' && state === 'running').length > 1) break;
        await pause(300, ended.signal);
      }
      await pause(6000, ended.signal);
      if (ended.signal.aborted) return;
      killedAfter = performance.now() - begin;
      process.kill(pid, 'SIGKILL');
    })();
  };
  try {
    const { update } = await up({ stack, print, select: false, display: false, onStart });
    if (update.ok) throw new Error('the update ended before it could be killed');
  } finally {
    ended.abort();
  }
  if (killedAfter === 0) throw new Error('the update failed by itself, before it was killed');
  return `after ${(killedAfter / 1000).toFixed(1)} s`;
}
