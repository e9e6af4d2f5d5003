import { stackExists } from './engine.ts';
import { readUrn } from './events.ts';
import { clearLocks } from './locks.ts';
import { endOrphans } from './orphans.ts';
import { clearPending } from './pending.ts';
import type { Workspace } from './workspace.ts';

/** An update of this stack that runs right now. */
export class BusyError extends Error {}

/**
 * Clears away what a killed update left, so that the next one goes on from there: its lock, its plugins, and the
 * operations it had begun. Says what it did, one line each; silent when there is nothing.
 *
 * @throws BusyError when another update of the stack still runs
 */
export async function recover(workspace: Workspace, stack: string, print: (line: string) => void): Promise<void> {
  if (workspace.backendDir) {
    const { removed, held } = await clearLocks(workspace.backendDir, stack);
    const [other] = held;
    if (other) {
      const who = `process ${other.pid} of ${other.username ?? 'someone'} on ${other.hostname}`;
      throw new BusyError(`stack ${stack} is being updated by ${who}: wait for it to end, then run this again`);
    }
    for (const { pid } of removed)
      print(`an update of stack ${stack} was killed (process ${pid}): its lock is removed`);
  }
  const ended = await endOrphans(workspace.stateDir);
  if (ended.length > 0) print(`${ended.length} processes that it left are ended`);
  if (!(await stackExists(workspace, stack))) return;
  const pending = await clearPending(workspace, stack);
  if (pending.length > 0) {
    const names = pending.map((urn) => readUrn(urn).name);
    const shown = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
    print(`it had begun ${shown}: taken up again`);
  }
}
