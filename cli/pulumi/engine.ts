import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../../lib/user-error.ts';
import { hintFor } from '../output/hints.ts';
import { keepEncryptionSaltOut } from './encryption-salt.ts';
import type { Workspace } from './workspace.ts';

/** The project's name, as in `Pulumi.yaml`: part of paths in the file backend. */
const project = 'hardway';

/** Runs the CLI quietly and returns its standard output. Secrets asked for stay in memory. */
export async function pulumi(workspace: Workspace, args: readonly string[], input?: string): Promise<string> {
  const result = await execa('pulumi', [...args, '--non-interactive', '--color', 'never'], {
    cwd: workspace.repoDir,
    env: { ...workspace.environment },
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 256 * 1024 * 1024,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  if (result.exitCode === 0) return result.stdout;
  if (result.code === 'ENOENT') throw new UserError('pulumi was not found', { fix: 'run "make tools" first' });
  const reason = result.stderr.trim() || String(result.shortMessage);
  const fix = hintFor(reason);
  throw new UserError(`pulumi ${args[0]} ${args[1] ?? ''}: ${reason}`, fix === undefined ? {} : { fix });
}

/** The stack's file, `Pulumi.<stack>.yaml`. */
export function stackFile(workspace: Workspace, stack: string): string {
  return join(workspace.repoDir, `Pulumi.${stack}.yaml`);
}

/** True when the backend knows the stack. */
export async function stackExists(workspace: Workspace, stack: string): Promise<boolean> {
  if (workspace.backendDir) {
    const path = join(workspace.backendDir, '.pulumi', 'stacks', project, `${stack}.json`);
    return access(path).then(
      () => true,
      () => false,
    );
  }
  const listed = JSON.parse(await pulumi(workspace, ['stack', 'ls', '--json'])) as { name: string }[];
  return listed.some(({ name }) => name === stack || name.endsWith(`/${stack}`));
}

/**
 * Creates the stack where there is none, and selects it.
 *
 * @param select - whether to select the stack for plain `pulumi`
 */
export async function ensureStack(workspace: Workspace, stack: string, select: boolean): Promise<void> {
  // Selected every time, not only when made: another run may have unselected it.
  if (!select && (await stackExists(workspace, stack))) return;
  const args = select ? ['stack', 'select', '--create', stack] : ['stack', 'init', '--no-select', stack];
  await keepEncryptionSaltOut(stackFile(workspace, stack), () => pulumi(workspace, args));
}

/** The stack's configuration by full key, secrets in plain; never to be printed or written. */
export async function configValues(workspace: Workspace, stack: string): Promise<Record<string, unknown>> {
  const text = await pulumi(workspace, ['config', '--json', '--show-secrets', '--stack', stack]);
  const values = JSON.parse(text) as Record<string, { value?: string; objectValue?: unknown }>;
  return Object.fromEntries(Object.entries(values).map(([key, each]) => [key, each.objectValue ?? each.value]));
}

/** The stack's outputs with secrets in plain; never to be printed or written as a whole. */
export async function stackOutputs(workspace: Workspace, stack: string): Promise<Record<string, unknown>> {
  const text = await pulumi(workspace, ['stack', 'output', '--json', '--show-secrets', '--stack', stack]);
  return JSON.parse(text) as Record<string, unknown>;
}
