import { execa } from 'execa';
import { keepEncryptionSaltOut } from './encryption-salt.ts';
import { stackFile } from './engine.ts';
import { driverVariable } from './locks.ts';
import type { Workspace } from './workspace.ts';

/** How a preview ended. */
export interface PreviewOutcome {
  readonly ok: boolean;
  /** Its report as JSON, secrets masked by the engine; it may be missing where it failed. */
  readonly printed: string;
  /** What to say where it failed without a reason in its report. */
  readonly otherwise: string;
}

/**
 * Runs `pulumi preview --json`. It writes no state.
 *
 * @param options - further options of `pulumi preview`
 */
export async function runPreview(
  workspace: Workspace,
  stack: string,
  options: readonly string[] = [],
): Promise<PreviewOutcome> {
  const args = ['preview', ...options, '--json', '--stack', stack, '--non-interactive', '--color', 'never'];
  const result = await keepEncryptionSaltOut(stackFile(workspace, stack), () =>
    execa('pulumi', args, {
      cwd: workspace.repoDir,
      env: {
        ...workspace.environment,
        PULUMI_ENABLE_STREAMING_JSON_PREVIEW: 'false',
        [driverVariable]: String(process.pid),
      },
      stdin: 'ignore',
      reject: false,
      maxBuffer: 256 * 1024 * 1024,
    }),
  );
  const otherwise = result.stderr.trim() || String(result.shortMessage);
  return { ok: result.exitCode === 0, printed: result.stdout, otherwise };
}
