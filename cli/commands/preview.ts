import { execa } from 'execa';
import { checkedConfig, cloudsOf } from '../prepare.ts';
import { keepingSaltOut } from '../pulumi/encryption-salt.ts';
import { ensureStack, stackFile } from '../pulumi/engine.ts';
import { recover } from '../pulumi/recover.ts';
import { refuseStandingChanges } from '../pulumi/standing.ts';
import { openHome } from '../pulumi/workspace.ts';
import { preflightHosts } from './preflight.ts';
import { tools } from './tools.ts';

/** `make preview`: what an update would do. Makes no machine and needs no Docker; hosts are looked at. Returns the exit status. */
export async function preview(stack: string, print: (line: string) => void): Promise<number> {
  const config = await preflightHosts(stack, checkedConfig(stack), print);
  await tools(cloudsOf(config));
  const home = await openHome();
  await recover(home, stack, print);
  await ensureStack(home, stack, true);
  await refuseStandingChanges(home, stack, config);
  const result = await keepingSaltOut(stackFile(home, stack), () =>
    execa('pulumi', ['preview', '--stack', stack], {
      cwd: home.repoDir,
      env: { ...home.environment },
      stdio: 'inherit',
      reject: false,
    }),
  );
  return result.exitCode ?? 1;
}
