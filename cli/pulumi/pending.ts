import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pulumi } from './engine.ts';
import type { Workspace } from './workspace.ts';

/** The part of an exported stack that matters here. */
interface Exported {
  deployment?: { pending_operations?: { type: string; resource: { urn: string } }[] | null };
}

/**
 * Forgets operations that a killed update had begun. Pulumi would warn of them for ever after: whether they went
 * through is unknown to it. Every step of ours looks before it acts, so taking them up again is right.
 *
 * @returns URNs of the operations forgotten
 */
export async function clearPending(workspace: Workspace, stack: string): Promise<string[]> {
  if (workspace.backendDir) {
    const path = join(workspace.backendDir, '.pulumi', 'stacks', 'hardway', `${stack}.json`);
    const state = await readFile(path, 'utf8').catch(() => '');
    if (!hasPending(state)) return [];
  }
  const exported = JSON.parse(await pulumi(workspace, ['stack', 'export', '--stack', stack])) as Exported;
  const pending = exported.deployment?.pending_operations ?? [];
  if (pending.length === 0) return [];
  const { pending_operations: _, ...deployment } = exported.deployment ?? {};
  await pulumi(workspace, ['stack', 'import', '--stack', stack], JSON.stringify({ ...exported, deployment }));
  return pending.map(({ resource }) => resource.urn);
}

/** True when a checkpoint's text names operations that were begun and not ended. */
export function hasPending(checkpoint: string): boolean {
  return /"pending_operations"\s*:\s*\[\s*\{/.test(checkpoint);
}
