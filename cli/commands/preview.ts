import { execa } from 'execa';
import { checkedConfig, cloudsOf } from '../prepare.ts';
import { keepEncryptionSaltOut } from '../pulumi/encryption-salt.ts';
import { ensureStack, stackFile } from '../pulumi/engine.ts';
import { driverVariable } from '../pulumi/locks.ts';
import { recover } from '../pulumi/recover.ts';
import { refuseStandingChanges } from '../pulumi/standing.ts';
import { openWorkspace } from '../pulumi/workspace.ts';
import { preflightHosts } from './preflight.ts';
import { tools } from './tools.ts';

/** `make preview`: shows what an update would change. Creates no machine and needs no Docker; checks hosts. */
export async function preview(stack: string, print: (line: string) => void): Promise<number> {
  const first = checkedConfig(stack);
  const workspace = await openWorkspace({ stack, print, creates: true });
  const config = await preflightHosts(stack, first, print);
  await tools(cloudsOf(config));
  await recover(workspace, stack, print);
  await ensureStack(workspace, stack, true);
  await refuseStandingChanges(workspace, stack, config);
  const result = await keepEncryptionSaltOut(stackFile(workspace, stack), () =>
    execa('pulumi', ['preview', '--stack', stack], {
      cwd: workspace.repoDir,
      env: { ...workspace.environment, [driverVariable]: String(process.pid) },
      stdio: 'inherit',
      reject: false,
    }),
  );
  return result.exitCode ?? 1;
}
