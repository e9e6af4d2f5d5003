import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../lib/user-error.ts';
import { stackExists } from './engine.ts';
import { readUrn } from './events.ts';
import { clearLocks } from './locks.ts';
import { endOrphans } from './orphans.ts';
import { clearPending } from './pending.ts';
import type { Workspace } from './workspace.ts';

/**
 * Clears away what a killed update left, so that the next one goes on from there: its lock, its plugins, and the
 * operations it had begun. Says what it did, one line each; silent when there is nothing.
 *
 * @throws UserError when another update of the stack still runs
 */
export async function recover(workspace: Workspace, stack: string, print: (line: string) => void): Promise<void> {
  if (workspace.backendDir) {
    const { removed, held } = await clearLocks(workspace.backendDir, stack);
    const [other] = held;
    if (other) {
      const who = `process ${other.pid} of ${other.username ?? 'someone'} on ${other.hostname}`;
      throw new UserError(`stack ${stack} is being updated by ${who}`, {
        fix: 'wait until the update ends, then run this again',
      });
    }
    for (const { pid } of removed)
      print(`removed the lock of an update of stack ${stack} that was killed (process ${pid})`);
  }
  await removeEventPipes(workspace.logsDir, stack);
  const ended = await endOrphans(workspace.stateDir);
  if (ended.length > 0) print(`ended ${ended.length} processes that a killed update left`);
  if (!(await stackExists(workspace, stack))) return;
  const pending = await clearPending(workspace, stack);
  if (pending.length > 0) {
    const names = pending.map((urn) => readUrn(urn).name);
    const shown = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
    print(`the killed update had started ${shown}: will be done again`);
  }
}

/**
 * Removes the named pipes that killed updates of a stack left: whoever reads one waits for ever. No update of the stack
 * runs.
 */
export async function removeEventPipes(logsDir: string, stack: string): Promise<void> {
  for (const entry of await readdir(logsDir, { withFileTypes: true })) {
    const pipe =
      entry.isFIFO() && new RegExp(`^\\.events-${stack.replaceAll('.', '\\.')}-\\d+-\\d+-\\d+$`).test(entry.name);
    if (pipe) await rm(join(logsDir, entry.name), { force: true });
  }
}
